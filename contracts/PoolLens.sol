// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "./interfaces/external/IERC20.sol";
import {IUniswapV2Pair} from "./interfaces/external/IUniswapV2Pair.sol";
import {
    ICurvePoolState,
    ICurvePoolStateInt128,
    ILitePsmState,
    IUniswapV3PoolState
} from "./interfaces/external/PoolStates.sol";

/// @title Reads the states of many pools in one call
/// @notice Never deployed: an `eth_call` with a state override puts its runtime code at an unused address.
/// @dev Stateless and without immutables, so the runtime code works wherever it is put.
contract PoolLens {
    /// @notice One view to call; the lens's own views are reached with `target` = the lens.
    struct Read {
        address target;
        bytes data;
    }

    int24 private constant LOWEST_TICK = -887272;
    int24 private constant HIGHEST_TICK = 887272;
    int256 private constant TICKS_PER_WORD = 256;

    /// @notice Runs every read, each with an equal share of the gas that is left.
    /// @return blockNumber Block whose state was read.
    /// @return timestamp Its time, in seconds since the epoch.
    /// @return results Raw return data in the order of `reads`; empty where the call failed or nobody answers.
    function read(Read[] calldata reads)
        external
        view
        returns (uint256 blockNumber, uint256 timestamp, bytes[] memory results)
    {
        results = new bytes[](reads.length);
        for (uint256 at = 0; at < reads.length; ++at) {
            uint256 share = gasleft() / (reads.length - at);
            (bool success, bytes memory answer) = reads[at].target.staticcall{gas: share}(reads[at].data);
            if (success) results[at] = answer; // no code: success, and an empty answer
        }
        return (block.number, block.timestamp, results);
    }

    /// @notice Price, liquidity and initialised ticks of a Uniswap V3 pool around its current tick.
    /// @param wordsEachSide Bitmap words (256 tick spacings each) to scan below and above the current one.
    /// @return sqrtPriceX96 Square root of token1 per token0 in base units, times 2^96.
    /// @return tick Current tick.
    /// @return liquidity In range now.
    /// @return feePips Fee in hundredths of a basis point.
    /// @return tickSpacing Distance of the ticks that can be initialised.
    /// @return lowestTick Lowest tick that was looked at; below it nothing is known.
    /// @return highestTick Highest tick that was looked at; above it nothing is known.
    /// @return ticks Initialised ticks from `lowestTick` to `highestTick`, ascending.
    /// @return liquidityNet Change of liquidity when each tick is crossed upwards.
    function uniswapV3(address pool, uint256 wordsEachSide)
        external
        view
        returns (
            uint160 sqrtPriceX96,
            int24 tick,
            uint128 liquidity,
            uint24 feePips,
            int24 tickSpacing,
            int24 lowestTick,
            int24 highestTick,
            int24[] memory ticks,
            int128[] memory liquidityNet
        )
    {
        IUniswapV3PoolState state = IUniswapV3PoolState(pool);
        (sqrtPriceX96, tick) = state.slot0();
        (liquidity, feePips, tickSpacing) = (state.liquidity(), state.fee(), state.tickSpacing());
        (int256 firstWord, int256 lastWord) = _words(tick, tickSpacing, int256(wordsEachSide));
        lowestTick = _clamp(firstWord * TICKS_PER_WORD * tickSpacing);
        highestTick = _clamp((lastWord + 1) * TICKS_PER_WORD * tickSpacing - 1);
        ticks = _initialisedTicks(state, firstWord, lastWord, tickSpacing);
        liquidityNet = new int128[](ticks.length);
        for (uint256 at = 0; at < ticks.length; ++at) {
            (, liquidityNet[at]) = state.ticks(ticks[at]);
        }
    }

    /// @notice State of a Curve StableSwap pool of the first generation.
    /// @param coins Number of coins.
    /// @return amplification As the pool tells it: old pools without extra precision.
    /// @return feeE10 1e10 is 100 %.
    /// @return balancesRaw In base units of each coin.
    function curve(address pool, uint256 coins)
        external
        view
        returns (uint256 amplification, uint256 feeE10, uint256[] memory balancesRaw)
    {
        (amplification, feeE10) = (ICurvePoolState(pool).A(), ICurvePoolState(pool).fee());
        balancesRaw = new uint256[](coins);
        for (uint256 coin = 0; coin < coins; ++coin) {
            try ICurvePoolState(pool).balances(coin) returns (uint256 amountRaw) {
                balancesRaw[coin] = amountRaw;
            } catch {
                balancesRaw[coin] = ICurvePoolStateInt128(pool).balances(int128(uint128(coin)));
            }
        }
    }

    /// @notice Reserves of a Uniswap V2 pair.
    function uniswapV2(address pair) external view returns (uint256 reserve0, uint256 reserve1) {
        (reserve0, reserve1,) = IUniswapV2Pair(pair).getReserves();
    }

    /// @notice Fees and cash of a LitePSM.
    /// @return tinWad Fee on selling gem; the largest uint256 means halted.
    /// @return toutWad Fee on buying gem; the largest uint256 means halted.
    /// @return to18ConversionFactor Base units of DAI per base unit of gem.
    /// @return daiBalanceWad DAI that the module can pay out.
    /// @return gemBalanceRaw Gem that its pocket can pay out.
    function litePsm(address psm)
        external
        view
        returns (
            uint256 tinWad,
            uint256 toutWad,
            uint256 to18ConversionFactor,
            uint256 daiBalanceWad,
            uint256 gemBalanceRaw
        )
    {
        ILitePsmState state = ILitePsmState(psm);
        (tinWad, toutWad, to18ConversionFactor) = (state.tin(), state.tout(), state.to18ConversionFactor());
        daiBalanceWad = IERC20(state.dai()).balanceOf(psm);
        gemBalanceRaw = IERC20(state.gem()).balanceOf(state.pocket());
    }

    /// @dev Bitmap words to scan, cut to those that the tick range reaches.
    function _words(int256 tick, int256 spacing, int256 eachSide) private pure returns (int256 first, int256 last) {
        int256 current = _floorDiv(_floorDiv(tick, spacing), TICKS_PER_WORD);
        int256 lowest = _floorDiv(LOWEST_TICK / spacing, TICKS_PER_WORD);
        int256 highest = _floorDiv(HIGHEST_TICK / spacing, TICKS_PER_WORD);
        first = current - eachSide > lowest ? current - eachSide : lowest;
        last = current + eachSide < highest ? current + eachSide : highest;
    }

    function _initialisedTicks(IUniswapV3PoolState state, int256 firstWord, int256 lastWord, int256 spacing)
        private
        view
        returns (int24[] memory ticks)
    {
        uint256[] memory bitmaps = new uint256[](uint256(lastWord - firstWord + 1));
        uint256 found = 0;
        for (uint256 at = 0; at < bitmaps.length; ++at) {
            bitmaps[at] = state.tickBitmap(int16(firstWord + int256(at)));
            found += _ones(bitmaps[at]);
        }
        ticks = new int24[](found);
        uint256 filled = 0;
        for (uint256 at = 0; at < bitmaps.length; ++at) {
            int256 base = (firstWord + int256(at)) * TICKS_PER_WORD;
            for (uint256 bits = bitmaps[at]; bits != 0; bits &= bits - 1) {
                ticks[filled++] = int24((base + int256(_lowestOne(bits))) * spacing);
            }
        }
    }

    function _ones(uint256 bits) private pure returns (uint256 count) {
        for (; bits != 0; bits &= bits - 1) {
            ++count;
        }
    }

    function _lowestOne(uint256 bits) private pure returns (uint256 position) {
        for (uint256 half = 128; half != 0; half >>= 1) {
            if (bits & ((1 << half) - 1) == 0) {
                bits >>= half;
                position += half;
            }
        }
    }

    function _floorDiv(int256 numerator, int256 denominator) private pure returns (int256 quotient) {
        quotient = numerator / denominator;
        if (numerator % denominator < 0) --quotient;
    }

    function _clamp(int256 tick) private pure returns (int24) {
        if (tick < LOWEST_TICK) return LOWEST_TICK;
        if (tick > HIGHEST_TICK) return HIGHEST_TICK;
        return int24(tick);
    }
}
