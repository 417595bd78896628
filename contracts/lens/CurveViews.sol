// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICurvePoolState, ICurvePoolStateInt128, ITokenDecimals} from "../interfaces/external/PoolStates.sol";
import {Views} from "./Views.sol";

/// @notice States of Curve's pools of stablecoins, every generation.
abstract contract CurveViews {
    using Views for address;

    /// @param amplification As the pool computes with it in this block.
    /// @param precision Of `amplification`: 100 in pools with `A_precise`, else 1.
    /// @param feeE10 1e10 is 100 %.
    /// @param adminFeeE10 Share of the fee; pools that do not tell have half.
    /// @param ramp A at first and at last, with `precision`, and when: all zero where A never moves.
    /// @param killed As the pool says; most keep it to themselves, and none of these can be killed any more.
    /// @param timestampS Second since the epoch at which `amplification` holds.
    /// @param balancesRaw In base units of each coin.
    struct CurveState {
        uint256 amplification;
        uint256 precision;
        uint256 feeE10;
        uint256 adminFeeE10;
        uint256[4] ramp;
        bool killed;
        uint256 timestampS;
        uint256[] balancesRaw;
    }

    uint256 private constant A_PRECISION = 100;
    uint256 private constant HALF_E10 = 5e9;

    /// @notice State of a StableSwap pool of the first generations.
    /// @param coins Number of coins.
    function curve(address pool, uint256 coins) public view returns (CurveState memory state) {
        _terms(state, pool);
        state.balancesRaw = new uint256[](coins);
        for (uint256 coin = 0; coin < coins; ++coin) {
            state.balancesRaw[coin] = _balance(pool, coin);
        }
    }

    /// @notice State of a plain StableSwap-NG pool.
    /// @return state Its terms and balances.
    /// @return offpegMultiplierE10 How much dearer swaps become off the peg; at most 1e10 switches that off.
    /// @return rates 1e36 over the base units of one coin, times what the coin is worth in this block: a coin that earns
    /// by the second is worth a little more in the next one.
    function stableSwapNg(address pool)
        external
        view
        returns (CurveState memory state, uint256 offpegMultiplierE10, uint256[] memory rates)
    {
        _terms(state, pool);
        state.balancesRaw = ICurvePoolState(pool).get_balances();
        offpegMultiplierE10 = ICurvePoolState(pool).offpeg_fee_multiplier();
        rates = ICurvePoolState(pool).stored_rates();
    }

    /// @notice States of a metapool and of the pool under it.
    /// @param shares The base pool's own token.
    /// @param baseCoins Number of the base pool's coins.
    /// @return meta State of the metapool, of two coins.
    /// @return base State of its base.
    /// @return supplyRaw Shares of the base pool there are.
    /// @return priceWad The base pool's virtual price as the metapool remembers it; zero: it asks every time.
    /// @return rememberedAtS When it asked last, in seconds since the epoch.
    function metapool(address pool, address basePool, address shares, uint256 baseCoins)
        external
        view
        returns (
            CurveState memory meta,
            CurveState memory base,
            uint256 supplyRaw,
            uint256 priceWad,
            uint256 rememberedAtS
        )
    {
        (meta, base) = (curve(pool, 2), curve(basePool, baseCoins));
        supplyRaw = ITokenDecimals(shares).totalSupply();
        priceWad = pool.wordOr(abi.encodeCall(ICurvePoolState.base_virtual_price, ()), 0);
        rememberedAtS = pool.wordOr(abi.encodeCall(ICurvePoolState.base_cache_updated, ()), 0);
    }

    function _terms(CurveState memory state, address pool) private view {
        bool precise;
        (precise, state.amplification) = pool.word(abi.encodeCall(ICurvePoolState.A_precise, ()));
        state.precision = precise ? A_PRECISION : 1;
        if (!precise) state.amplification = ICurvePoolState(pool).A();
        state.feeE10 = ICurvePoolState(pool).fee();
        state.adminFeeE10 = pool.wordOr(abi.encodeCall(ICurvePoolState.admin_fee, ()), HALF_E10);
        state.killed = pool.wordOr(abi.encodeCall(ICurvePoolState.is_killed, ()), 0) != 0;
        state.timestampS = block.timestamp;
        (bool ramps, uint256 endS) = pool.word(abi.encodeCall(ICurvePoolState.future_A_time, ()));
        if (!ramps) return;
        ICurvePoolState ramping = ICurvePoolState(pool);
        state.ramp = [ramping.initial_A(), ramping.future_A(), ramping.initial_A_time(), endS];
    }

    function _balance(address pool, uint256 coin) private view returns (uint256 amountRaw) {
        bool known;
        (known, amountRaw) = pool.word(abi.encodeCall(ICurvePoolState.balances, (coin)));
        if (!known) amountRaw = ICurvePoolStateInt128(pool).balances(int128(uint128(coin)));
    }
}
