// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CurveLpToken} from "./CurveLpToken.sol";
import {ISandboxCoin, SandboxTransfers} from "./SandboxTransfers.sol";
import {StableSwapMath} from "./StableSwapMath.sol";

/// @title Stand-in for a classic Curve pool of three coins, the base of a metapool
/// @notice Sandbox only: interface, arithmetic, rounding and error texts of curvefi/curve-contract StableSwap3Pool.vy. A
/// has no extra digits; `exchange` returns nothing; the fee of `get_dy` is taken after rounding, that of `exchange`
/// before. Missing: proportional and uneven withdrawals, ramps, the delays of its owner. Not Curve's bytecode.
contract CurveBasePool {
    using SandboxTransfers for address;

    // forge-lint: disable-start(mixed-case-function,mixed-case-variable,screaming-snake-case-const)

    uint256 private constant PRECISION = 1e18;
    uint256 private constant FEE_DENOMINATOR = 1e10;
    uint256 private constant N = 3;

    address public immutable owner;
    CurveLpToken public immutable token;
    uint256 public immutable A;

    address[3] public coins;
    uint256[3] public balances;
    uint256 public immutable fee; // scale 1e10
    uint256 public constant admin_fee = 5e9;
    uint256[3] private rates;
    bool private killed;
    uint256 private locked;

    event TokenExchange(
        address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought
    );

    modifier nonReentrant() {
        require(locked == 0);
        locked = 1;
        _;
        locked = 0;
    }

    constructor(address owner_, address[3] memory coins_, address token_, uint256 a, uint256 fee_) {
        (owner, coins, token, A, fee) = (owner_, coins_, CurveLpToken(token_), a, fee_);
        for (uint256 k; k < N; ++k) {
            rates[k] = 10 ** (36 - ISandboxCoin(coins_[k]).decimals());
        }
    }

    function exchange(int128 i, int128 j, uint256 dx, uint256 minDy) external nonReentrant {
        require(!killed);
        (uint256 from, uint256 to) = (_place(i), _place(j));
        uint256[] memory xp = _scaled(balances);
        uint256 got = _take(from, dx);
        uint256 x = xp[from] + got * rates[from] / PRECISION;
        uint256 gross = xp[to] - StableSwapMath.balanceAfter([from, to], x, xp, _curve(xp)) - 1;
        uint256 kept = gross * fee / FEE_DENOMINATOR;
        uint256 dy = (gross - kept) * PRECISION / rates[to];
        require(dy >= minDy, "Exchange resulted in fewer coins than expected");
        balances[from] += got;
        balances[to] -= dy + kept * admin_fee / FEE_DENOMINATOR * PRECISION / rates[to];
        coins[to].send(msg.sender, dy);
        emit TokenExchange(msg.sender, i, dx, j, dy);
    }

    function add_liquidity(uint256[3] calldata amounts, uint256 minMint) external nonReentrant {
        require(!killed);
        uint256 supply = token.totalSupply();
        uint256[3] memory before = balances;
        uint256 d0 = supply > 0 ? _invariant(before) : 0;
        uint256[3] memory balancesNow = balances;
        for (uint256 k; k < N; ++k) {
            require(supply > 0 || amounts[k] > 0);
            if (amounts[k] > 0) balancesNow[k] += _take(k, amounts[k]);
        }
        uint256 d1 = _invariant(balancesNow);
        require(d1 > d0);
        uint256 minted = d1;
        if (supply > 0) {
            uint256 d2 = _chargeImbalance(before, balancesNow, d0, d1);
            minted = supply * (d2 - d0) / d0;
        } else {
            balances = balancesNow;
        }
        require(minted >= minMint, "Slippage screwed you");
        token.mint(msg.sender, minted);
    }

    function remove_liquidity_one_coin(uint256 amount, int128 i, uint256 minAmount) external nonReentrant {
        require(!killed);
        uint256 k = _place(i);
        (uint256 dy, uint256 charged) = _oneCoin(amount, k);
        require(dy >= minAmount, "Not enough coins removed");
        balances[k] -= dy + charged * admin_fee / FEE_DENOMINATOR;
        token.burnFrom(msg.sender, amount);
        coins[k].send(msg.sender, dy);
    }

    function kill_me() external {
        require(msg.sender == owner);
        killed = true;
    }

    function unkill_me() external {
        require(msg.sender == owner);
        killed = false;
    }

    /// @notice May be one base unit above what `exchange` pays.
    function get_dy(int128 i, int128 j, uint256 dx) external view returns (uint256) {
        (uint256 from, uint256 to) = (_place(i), _place(j));
        uint256[] memory xp = _scaled(balances);
        uint256 x = xp[from] + dx * rates[from] / PRECISION;
        uint256 y = StableSwapMath.balanceAfter([from, to], x, xp, _curve(xp));
        uint256 dy = (xp[to] - y - 1) * PRECISION / rates[to];
        return dy - fee * dy / FEE_DENOMINATOR;
    }

    /// @notice Knows nothing of fees: a deposit mints less.
    function calc_token_amount(uint256[3] calldata amounts, bool deposit) external view returns (uint256) {
        uint256[3] memory held = balances;
        uint256 d0 = _invariant(held);
        for (uint256 k; k < N; ++k) {
            held[k] = deposit ? held[k] + amounts[k] : held[k] - amounts[k];
        }
        uint256 d1 = _invariant(held);
        return (deposit ? d1 - d0 : d0 - d1) * token.totalSupply() / d0;
    }

    function calc_withdraw_one_coin(uint256 amount, int128 i) external view returns (uint256 dy) {
        (dy,) = _oneCoin(amount, _place(i));
    }

    function get_virtual_price() external view returns (uint256) {
        return _invariant(balances) * PRECISION / token.totalSupply();
    }

    // forge-lint: disable-end(mixed-case-function,mixed-case-variable,screaming-snake-case-const)

    function _chargeImbalance(uint256[3] memory before, uint256[3] memory balancesNow, uint256 d0, uint256 d1)
        private
        returns (uint256)
    {
        for (uint256 k; k < N; ++k) {
            uint256 ideal = d1 * before[k] / d0;
            uint256 off = ideal > balancesNow[k] ? ideal - balancesNow[k] : balancesNow[k] - ideal;
            uint256 charge = _shareFee() * off / FEE_DENOMINATOR;
            balances[k] = balancesNow[k] - charge * admin_fee / FEE_DENOMINATOR;
            balancesNow[k] -= charge;
        }
        return _invariant(balancesNow);
    }

    /// @return dy Payment in base units.
    /// @return charged Fee in base units.
    function _oneCoin(uint256 amount, uint256 i) private view returns (uint256 dy, uint256 charged) {
        uint256[] memory xp = _scaled(balances);
        uint256 d0 = StableSwapMath.invariant(xp, A * N, 1, false);
        uint256 d1 = d0 - amount * d0 / token.totalSupply();
        uint256[3] memory curve = [A * N, 1, d1];
        uint256 y = StableSwapMath.balanceAt(i, xp, curve);
        uint256 unit = rates[i] / PRECISION;
        uint256 free = (xp[i] - y) / unit;
        for (uint256 k; k < N; ++k) {
            uint256 expected = k == i ? xp[k] * d1 / d0 - y : xp[k] - xp[k] * d1 / d0;
            xp[k] -= _shareFee() * expected / FEE_DENOMINATOR;
        }
        dy = (xp[i] - StableSwapMath.balanceAt(i, xp, curve) - 1) / unit;
        charged = free - dy;
    }

    /// @dev Measures every coin; Curve measures only the one whose issuer may charge for transfers.
    function _take(uint256 k, uint256 amount) private returns (uint256) {
        uint256 before = coins[k].held();
        coins[k].take(msg.sender, amount);
        return coins[k].held() - before;
    }

    function _shareFee() private view returns (uint256) {
        return fee * N / (4 * (N - 1));
    }

    function _invariant(uint256[3] memory held) private view returns (uint256) {
        return StableSwapMath.invariant(_scaled(held), A * N, 1, false);
    }

    function _curve(uint256[] memory xp) private view returns (uint256[3] memory) {
        return [A * N, 1, StableSwapMath.invariant(xp, A * N, 1, false)];
    }

    function _scaled(uint256[3] memory held) private view returns (uint256[] memory xp) {
        xp = new uint256[](N);
        for (uint256 k; k < N; ++k) {
            xp[k] = rates[k] * held[k] / PRECISION;
        }
    }

    function _place(int128 i) private pure returns (uint256) {
        require(i >= 0 && uint128(i) < N);
        return uint128(i);
    }
}
