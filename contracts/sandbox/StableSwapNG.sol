// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SandboxToken} from "./SandboxToken.sol";
import {ISandboxCoin, SandboxTransfers} from "./SandboxTransfers.sol";
import {StableSwapMath} from "./StableSwapMath.sol";

/// @dev What the pool asks of a coin that is a vault.
interface ISandboxVault {
    function asset() external view returns (address);
    function convertToAssets(uint256 shares) external view returns (uint256);
}

/// @title Stand-in for a plain pool of Curve's StableSwap-NG
/// @notice Sandbox only: interface, arithmetic, rounding and error texts of CurveStableSwapNG.vy v7.0.0 with its views
/// contract (curvefi/stableswap-ng contracts/main). Missing: withdrawals, price and D oracles, rate oracles, permits, so
/// its gas is not Curve's. Not Curve's bytecode.
/// @dev Asset types: 0 plain, 2 rebasing, 3 ERC-4626.
contract StableSwapNG is SandboxToken {
    using SandboxTransfers for address;

    // forge-lint: disable-start(mixed-case-function,mixed-case-variable,screaming-snake-case-immutable)

    uint256 private constant PRECISION = 1e18;
    uint256 private constant FEE_DENOMINATOR = 1e10;
    uint256 private constant MAX_FEE = 5e9;
    uint256 private constant A_PRECISION = 100;
    uint256 private constant MAX_A = 1e6;
    uint256 private constant MAX_A_CHANGE = 10;
    uint256 private constant MIN_RAMP_TIME = 86_400;
    uint8 private constant REBASING = 2;
    uint8 private constant VAULT = 3;

    uint256 public immutable N_COINS;
    address private immutable admin;
    bool private immutable rebases;

    address[] public coins;

    /// @notice Scale 1e10, as the next two.
    uint256 public fee;

    /// @notice How much dearer a swap becomes as the pool leaves its peg; at most 1e10 switches that off.
    uint256 public offpeg_fee_multiplier;
    uint256 public admin_fee = 5e9;
    uint256[] public admin_balances;
    uint256 public initial_A;
    uint256 public future_A;
    uint256 public initial_A_time;
    uint256 public future_A_time;

    uint8[] private assetTypes;
    uint256[] private multipliers;
    uint256[] private storedBalances;
    uint256 private locked;

    event TokenExchange(
        address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought
    );
    event ApplyNewFee(uint256 fee, uint256 offpeg_fee_multiplier);

    modifier nonReentrant() {
        require(locked == 0);
        locked = 1;
        _;
        locked = 0;
    }

    modifier onlyAdmin() {
        require(msg.sender == admin);
        _;
    }

    constructor(
        string memory name_,
        string memory symbol_,
        uint256[3] memory terms, // A, fee, off-peg multiplier
        address[] memory coins_,
        uint8[] memory assetTypes_,
        address admin_
    ) SandboxToken(name_, symbol_) {
        (N_COINS, admin, coins, assetTypes) = (coins_.length, admin_, coins_, assetTypes_);
        initial_A = future_A = terms[0] * A_PRECISION;
        (fee, offpeg_fee_multiplier) = (terms[1], terms[2]);
        bool anyRebases;
        for (uint256 k; k < coins_.length; ++k) {
            multipliers.push(10 ** (36 - ISandboxCoin(coins_[k]).decimals()));
            storedBalances.push(0);
            admin_balances.push(0);
            if (assetTypes_[k] == REBASING) anyRebases = true;
        }
        rebases = anyRebases;
    }

    function exchange(int128 i, int128 j, uint256 dx, uint256 minDy) external nonReentrant returns (uint256) {
        return _exchange([_place(i), _place(j)], dx, minDy, msg.sender, false);
    }

    function exchange(int128 i, int128 j, uint256 dx, uint256 minDy, address receiver)
        external
        nonReentrant
        returns (uint256)
    {
        return _exchange([_place(i), _place(j)], dx, minDy, receiver, false);
    }

    /// @notice Swaps what was sent before the call: all that is above the books, so at least `dx`, and a gift too.
    function exchange_received(int128 i, int128 j, uint256 dx, uint256 minDy) external nonReentrant returns (uint256) {
        require(!rebases);
        return _exchange([_place(i), _place(j)], dx, minDy, msg.sender, true);
    }

    function exchange_received(int128 i, int128 j, uint256 dx, uint256 minDy, address receiver)
        external
        nonReentrant
        returns (uint256)
    {
        require(!rebases);
        return _exchange([_place(i), _place(j)], dx, minDy, receiver, true);
    }

    function add_liquidity(uint256[] calldata amounts, uint256 minMint) external nonReentrant returns (uint256 minted) {
        uint256[] memory rates = _rates();
        uint256[] memory before = _balances();
        uint256[] memory xp = _scaled(rates, before);
        uint256 d0 = _invariant(xp);
        uint256[] memory balancesNow = _balances();
        for (uint256 k; k < amounts.length; ++k) {
            if (amounts[k] > 0) balancesNow[k] += _take(k, amounts[k], false);
            else require(totalSupply != 0);
        }
        uint256 d1 = _invariant(_scaled(rates, balancesNow));
        require(d1 > d0);
        minted = d1;
        if (totalSupply > 0) {
            _chargeImbalance(rates, [before, balancesNow], d0, d1);
            minted = totalSupply * (_invariant(_scaled(rates, balancesNow)) - d0) / d0;
        }
        require(minted >= minMint, "Slippage screwed you");
        _mint(msg.sender, minted);
    }

    /// @notice Fee and multiplier; both together at most half of a swap.
    function set_new_fee(uint256 newFee, uint256 newMultiplier) external onlyAdmin {
        require(newFee <= MAX_FEE && newMultiplier * newFee <= MAX_FEE * FEE_DENOMINATOR);
        (fee, offpeg_fee_multiplier) = (newFee, newMultiplier);
        emit ApplyNewFee(newFee, newMultiplier);
    }

    /// @notice Moves A to `newA` until `time`, a day at least: quotes then change from block to block by themselves.
    function ramp_A(uint256 newA, uint256 time) external onlyAdmin {
        require(block.timestamp >= initial_A_time + MIN_RAMP_TIME && time >= block.timestamp + MIN_RAMP_TIME);
        uint256 now_ = A_precise();
        uint256 target = newA * A_PRECISION;
        require(newA > 0 && newA < MAX_A);
        require(target < now_ ? target * MAX_A_CHANGE >= now_ : target <= now_ * MAX_A_CHANGE);
        (initial_A, future_A, initial_A_time, future_A_time) = (now_, target, block.timestamp, time);
    }

    /// @notice What `exchange` pays, to the unit.
    function get_dy(int128 i, int128 j, uint256 dx) external view returns (uint256 dy) {
        uint256[] memory rates = _rates();
        uint256[2] memory pair = [_place(i), _place(j)];
        (dy,) = _out(rates, _scaled(rates, _balances()), pair, dx);
    }

    /// @notice What to put in for about `dy`. Its fee is that of the pool before the swap: `dy` can be missed.
    function get_dx(int128 i, int128 j, uint256 dy) external view returns (uint256) {
        uint256[] memory rates = _rates();
        uint256[] memory xp = _scaled(rates, _balances());
        (uint256 from, uint256 to) = (_place(i), _place(j));
        uint256 gross = dy * rates[to] / PRECISION + 1;
        uint256 y = xp[to] - gross * FEE_DENOMINATOR / (FEE_DENOMINATOR - _dynamicFee(xp[from], xp[to], fee));
        uint256 x = StableSwapMath.balanceAfter([to, from], y, xp, _curve(xp));
        return (x - xp[from]) * PRECISION / rates[from];
    }

    /// @notice Fee of an infinitely small swap, scale 1e10.
    function dynamic_fee(int128 i, int128 j) external view returns (uint256) {
        uint256[] memory xp = _scaled(_rates(), _balances());
        return _dynamicFee(xp[_place(i)], xp[_place(j)], fee);
    }

    function get_virtual_price() external view returns (uint256) {
        return _invariant(_scaled(_rates(), _balances())) * PRECISION / totalSupply;
    }

    function stored_rates() external view returns (uint256[] memory) {
        return _rates();
    }

    function get_balances() external view returns (uint256[] memory) {
        return _balances();
    }

    function balances(uint256 i) external view returns (uint256) {
        return _balances()[i];
    }

    function A() external view returns (uint256) {
        return A_precise() / A_PRECISION;
    }

    function A_precise() public view returns (uint256) {
        if (block.timestamp >= future_A_time) return future_A;
        (uint256 passed, uint256 all) = (block.timestamp - initial_A_time, future_A_time - initial_A_time);
        if (future_A > initial_A) return initial_A + (future_A - initial_A) * passed / all;
        return initial_A - (initial_A - future_A) * passed / all;
    }

    // forge-lint: disable-end(mixed-case-function,mixed-case-variable,screaming-snake-case-immutable)

    function _exchange(uint256[2] memory pair, uint256 dx, uint256 minDy, address receiver, bool sent)
        private
        returns (uint256 dy)
    {
        (uint256 i, uint256 j) = (pair[0], pair[1]);
        require(i != j && dx > 0);
        uint256[] memory rates = _rates();
        uint256[] memory xp = _scaled(rates, _balances());
        dx = _take(i, dx, sent);
        uint256 kept;
        (dy, kept) = _out(rates, xp, pair, dx);
        admin_balances[j] += kept * admin_fee / FEE_DENOMINATOR * PRECISION / rates[j];
        require(dy >= minDy, "Exchange resulted in fewer coins than expected");
        _give(j, dy, receiver);
        emit TokenExchange(msg.sender, int128(int256(i)), dx, int128(int256(j)), dy);
    }

    /// @return dy Payment in base units.
    /// @return kept Fee, scaled to 18 decimals.
    function _out(uint256[] memory rates, uint256[] memory xp, uint256[2] memory pair, uint256 dx)
        private
        view
        returns (uint256 dy, uint256 kept)
    {
        (uint256 i, uint256 j) = (pair[0], pair[1]);
        uint256 x = xp[i] + dx * rates[i] / PRECISION;
        uint256 y = StableSwapMath.balanceAfter(pair, x, xp, _curve(xp));
        uint256 gross = xp[j] - y - 1;
        kept = gross * _dynamicFee((xp[i] + x) / 2, (xp[j] + y) / 2, fee) / FEE_DENOMINATOR;
        dy = (gross - kept) * PRECISION / rates[j];
    }

    function _chargeImbalance(uint256[] memory rates, uint256[][2] memory states, uint256 d0, uint256 d1) private {
        uint256 base = fee * N_COINS / (4 * (N_COINS - 1));
        for (uint256 k; k < N_COINS; ++k) {
            uint256 ideal = d1 * states[0][k] / d0;
            uint256 off = ideal > states[1][k] ? ideal - states[1][k] : states[1][k] - ideal;
            uint256 xs = rates[k] * (states[0][k] + states[1][k]) / PRECISION;
            uint256 charge = _dynamicFee(xs, (d0 + d1) / N_COINS, base) * off / FEE_DENOMINATOR;
            admin_balances[k] += charge * admin_fee / FEE_DENOMINATOR;
            states[1][k] -= charge;
        }
    }

    function _take(uint256 k, uint256 amount, bool sent) private returns (uint256 got) {
        uint256 before = coins[k].held();
        if (sent) {
            got = before - storedBalances[k];
            require(got >= amount);
        } else {
            coins[k].take(msg.sender, amount);
            got = coins[k].held() - before;
        }
        storedBalances[k] += got;
    }

    function _give(uint256 k, uint256 amount, address receiver) private {
        require(receiver != address(0));
        if (rebases) storedBalances[k] = coins[k].held() - amount;
        else storedBalances[k] -= amount;
        coins[k].send(receiver, amount);
    }

    function _rates() private view returns (uint256[] memory rates) {
        rates = multipliers;
        for (uint256 k; k < rates.length; ++k) {
            if (assetTypes[k] != VAULT) continue;
            ISandboxVault vault = ISandboxVault(coins[k]);
            uint256 share = 10 ** ISandboxCoin(coins[k]).decimals();
            uint256 scale = 10 ** (18 - ISandboxCoin(vault.asset()).decimals());
            rates[k] = rates[k] * vault.convertToAssets(share) * scale / PRECISION;
        }
    }

    function _balances() private view returns (uint256[] memory found) {
        found = storedBalances;
        for (uint256 k; k < found.length; ++k) {
            found[k] = (rebases ? coins[k].held() : found[k]) - admin_balances[k];
        }
    }

    function _scaled(uint256[] memory rates, uint256[] memory amounts) private pure returns (uint256[] memory xp) {
        xp = new uint256[](rates.length);
        for (uint256 k; k < rates.length; ++k) {
            xp[k] = rates[k] * amounts[k] / PRECISION;
        }
    }

    function _invariant(uint256[] memory xp) private view returns (uint256) {
        return StableSwapMath.invariant(xp, A_precise() * N_COINS, A_PRECISION, true);
    }

    function _curve(uint256[] memory xp) private view returns (uint256[3] memory) {
        return [A_precise() * N_COINS, A_PRECISION, _invariant(xp)];
    }

    function _dynamicFee(uint256 xi, uint256 xj, uint256 base) private view returns (uint256) {
        uint256 multiplier = offpeg_fee_multiplier;
        if (multiplier <= FEE_DENOMINATOR) return base;
        uint256 evenness = (multiplier - FEE_DENOMINATOR) * 4 * xi * xj / (xi + xj) ** 2;
        return multiplier * base / (evenness + FEE_DENOMINATOR);
    }

    /// @dev A negative or unknown place reverts, without a text as in Vyper.
    function _place(int128 i) private view returns (uint256) {
        require(i >= 0 && uint128(i) < N_COINS);
        return uint128(i);
    }
}
