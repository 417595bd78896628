// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IUniswapV2Pair} from "../interfaces/external/IUniswapV2Pair.sol";
import {IPoolManagerState, IUniswapV3PoolState} from "../interfaces/external/PoolStates.sol";
import {TickWords} from "./TickWords.sol";

/// @notice States of Uniswap's pools.
abstract contract UniswapViews {
    /// @param sqrtPriceX96 Square root of token1 per token0 in base units, times 2^96; zero where there is no pool.
    /// @param tick Current tick.
    /// @param liquidity In range now.
    /// @param feePips Fee of the providers in hundredths of a basis point.
    /// @param protocolFeesPips V4: fee of the protocol on what comes in, by coin.
    /// @param tickSpacing Distance of the ticks that can be initialised.
    /// @param lowestTick Lowest tick that was looked at; below it nothing is known.
    /// @param highestTick Highest tick that was looked at; above it nothing is known.
    /// @param ticks Initialised ticks from `lowestTick` to `highestTick`, ascending.
    /// @param liquidityNet Change of liquidity when each tick is crossed upwards.
    struct Ranges {
        uint160 sqrtPriceX96;
        int24 tick;
        uint128 liquidity;
        uint24 feePips;
        uint24[2] protocolFeesPips;
        int24 tickSpacing;
        int24 lowestTick;
        int24 highestTick;
        int24[] ticks;
        int128[] liquidityNet;
    }

    /// @dev Of v4-core's PoolManager and Pool.State.
    uint256 private constant POOLS_SLOT = 6;
    uint256 private constant LIQUIDITY_OFFSET = 3;
    uint256 private constant TICKS_OFFSET = 4;
    uint256 private constant BITMAP_OFFSET = 5;

    /// @notice Reserves of a Uniswap V2 pair.
    function uniswapV2(address pair) external view returns (uint256 reserve0, uint256 reserve1) {
        (reserve0, reserve1,) = IUniswapV2Pair(pair).getReserves();
    }

    /// @notice Price, liquidity and initialised ticks of a Uniswap V3 pool around its current tick.
    /// @param wordsEachSide Bitmap words (256 tick spacings each) to scan below and above the current one.
    function uniswapV3(address pool, uint256 wordsEachSide) external view returns (Ranges memory found) {
        IUniswapV3PoolState state = IUniswapV3PoolState(pool);
        (found.sqrtPriceX96, found.tick) = state.slot0();
        (found.liquidity, found.feePips, found.tickSpacing) = (state.liquidity(), state.fee(), state.tickSpacing());
        (int256 first, uint256[] memory words) = _bounds(found, wordsEachSide);
        for (uint256 at = 0; at < words.length; ++at) {
            words[at] = state.tickBitmap(int16(first + int256(at)));
        }
        found.ticks = TickWords.ticks(words, first, found.tickSpacing);
        found.liquidityNet = new int128[](found.ticks.length);
        for (uint256 at = 0; at < found.ticks.length; ++at) {
            (, found.liquidityNet[at]) = state.ticks(found.ticks[at]);
        }
    }

    /// @notice The same of a pool in the Uniswap V4 pool manager.
    /// @param poolId Hash of the pool's key.
    /// @param tickSpacing As in the key.
    function uniswapV4(address manager, bytes32 poolId, int24 tickSpacing, uint256 wordsEachSide)
        external
        view
        returns (Ranges memory found)
    {
        uint256 pool = uint256(keccak256(abi.encode(poolId, POOLS_SLOT)));
        uint256 slot0 = _stored(manager, pool);
        (found.sqrtPriceX96, found.tick) = (uint160(slot0), int24(int256(slot0 >> 160)));
        found.protocolFeesPips = [uint24(slot0 >> 184) & 0xfff, uint24(slot0 >> 196) & 0xfff];
        (found.feePips, found.tickSpacing) = (uint24(slot0 >> 208), tickSpacing);
        found.liquidity = uint128(_stored(manager, pool + LIQUIDITY_OFFSET));
        (int256 first, uint256[] memory words) = _bounds(found, wordsEachSide);
        for (uint256 at = 0; at < words.length; ++at) {
            words[at] = _stored(manager, _entry(pool + BITMAP_OFFSET, first + int256(at)));
        }
        found.ticks = TickWords.ticks(words, first, tickSpacing);
        found.liquidityNet = new int128[](found.ticks.length);
        for (uint256 at = 0; at < found.ticks.length; ++at) {
            uint256 stored = _stored(manager, _entry(pool + TICKS_OFFSET, found.ticks[at]));
            found.liquidityNet[at] = int128(int256(stored) >> 128);
        }
    }

    /// @dev Writes down which ticks will have been looked at; returns room for their bitmap words.
    function _bounds(Ranges memory found, uint256 wordsEachSide)
        private
        pure
        returns (int256 first, uint256[] memory words)
    {
        int256 last;
        (first, last) = TickWords.around(found.tick, found.tickSpacing, int256(wordsEachSide));
        (found.lowestTick, found.highestTick) = TickWords.edges(first, last, found.tickSpacing);
        words = new uint256[](uint256(last - first + 1));
    }

    function _entry(uint256 mappingSlot, int256 key) private pure returns (uint256) {
        return uint256(keccak256(abi.encode(key, mappingSlot)));
    }

    function _stored(address manager, uint256 slot) private view returns (uint256) {
        return uint256(IPoolManagerState(manager).extsload(bytes32(slot)));
    }
}
