// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SandboxToken} from "./SandboxToken.sol";
import {StableSwapMath} from "./StableSwapMath.sol";
import {StableSwapNGBooks} from "./StableSwapNGBooks.sol";

/// @title Stand-in for a plain pool of Curve's StableSwap-NG
/// @notice Sandbox only: interface, arithmetic, rounding and error texts of CurveStableSwapNG.vy v7.0.0 with its views
/// contract (curvefi/stableswap-ng contracts/main). Missing: withdrawals, price and D oracles, rate oracles, permits, so
/// its gas is not Curve's. Not Curve's bytecode.
/// @dev Asset types: 0 plain, 2 rebasing, 3 ERC-4626.
contract StableSwapNG is StableSwapNGBooks {
    // forge-lint: disable-start(mixed-case-function,mixed-case-variable,screaming-snake-case-immutable)

    uint256 private constant FEE_DENOMINATOR = 1e10;
    uint256 private constant MAX_FEE = 5e9;

    /// @notice Scale 1e10, as the next two.
    uint256 public fee;

    /// @notice How much dearer a swap becomes as the pool leaves its peg; at most 1e10 switches that off.
    uint256 public offpeg_fee_multiplier;
    uint256 public admin_fee = 5e9;

    event TokenExchange(
        address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought
    );
    event ApplyNewFee(uint256 fee, uint256 offpeg_fee_multiplier);

    constructor(
        string memory name_,
        string memory symbol_,
        uint256[3] memory terms, // A, fee, off-peg multiplier
        address[] memory coins_,
        uint8[] memory assetTypes_,
        address admin_
    ) SandboxToken(name_, symbol_) StableSwapNGBooks(terms[0], coins_, assetTypes_, admin_) {
        (fee, offpeg_fee_multiplier) = (terms[1], terms[2]);
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
}
