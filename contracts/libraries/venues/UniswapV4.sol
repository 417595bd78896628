// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../interfaces/IDepegExecutor.sol";
import {IPoolManager} from "../../interfaces/external/IPoolManager.sol";
import {Calls} from "../Calls.sol";
import {RunContext} from "../RunContext.sol";

/// @notice Uniswap V4 on mainnet: pools without hooks, and the ledger of the PoolManager.
library UniswapV4 {
    address internal constant MANAGER = 0x000000000004444c5dc75cB358380D2e3dE08A90;

    // `IPoolManager.swap.selector`, as assembly can read it.
    bytes4 private constant SWAP = 0xf3cd914c;

    // No price limit of our own: one inside the range that the pool accepts.
    uint160 private constant LOWEST_LIMIT_X96 = 4295128740;
    uint160 private constant HIGHEST_LIMIT_X96 = 1461446703485210103287273052203988822378723970341;

    /// @param context Comes back in `unlockCallback`.
    function unlock(bytes memory context) internal {
        RunContext.expect(MANAGER, context);
        IPoolManager(MANAGER).unlock(context);
        RunContext.requireReturned();
    }

    /// @param amountRaw Exact input if negative, exact output if positive: the other way round than in V3.
    /// @return inRaw What this contract owes the ledger.
    /// @return outRaw What the ledger owes this contract.
    function swap(address tokenIn, address tokenOut, uint256 feePips, int24 tickSpacing, int256 amountRaw)
        internal
        returns (uint256 inRaw, uint256 outRaw)
    {
        bool done;
        bool answered;
        assembly ("memory-safe") {
            let data := mload(0x40)
            let zeroForOne := lt(tokenIn, tokenOut)
            mstore(data, SWAP)
            switch zeroForOne
            case 0 {
                mstore(add(data, 4), tokenOut)
                mstore(add(data, 36), tokenIn)
                mstore(add(data, 228), HIGHEST_LIMIT_X96)
            }
            default {
                mstore(add(data, 4), tokenIn)
                mstore(add(data, 36), tokenOut)
                mstore(add(data, 228), LOWEST_LIMIT_X96)
            }
            mstore(add(data, 68), feePips)
            mstore(add(data, 100), signextend(2, tickSpacing)) // the bits above are not clean
            mstore(add(data, 132), 0) // hooks
            mstore(add(data, 164), zeroForOne)
            mstore(add(data, 196), amountRaw)
            mstore(add(data, 260), 288) // where the data for hooks is
            mstore(add(data, 292), 0) // its length
            done := call(gas(), MANAGER, 0, data, 324, 0, 32)
            answered := gt(returndatasize(), 31)
            // The delta is amount0 in the high half and amount1 in the low half, what the caller owes negative.
            let delta := mload(0)
            let amount0 := sar(128, delta)
            let amount1 := signextend(15, delta)
            switch zeroForOne
            case 0 {
                inRaw := sub(0, amount1)
                outRaw := amount0
            }
            default {
                inRaw := sub(0, amount0)
                outRaw := amount1
            }
        }
        if (!done) Calls.bubbleUp();
        if (!answered) revert IDepegExecutor.UnknownPool(MANAGER);
    }

    function take(address token, address to, uint256 amountRaw) internal {
        Calls.three(MANAGER, IPoolManager.take.selector, uint160(token), uint160(to), amountRaw);
    }

    /// @dev Right before `token` is sent to the PoolManager; a second one forgets the first.
    function sync(address token) internal {
        Calls.one(MANAGER, IPoolManager.sync.selector, uint160(token));
    }

    /// @dev Right after it was sent.
    /// @return paidRaw What arrived since `sync`.
    function settle() internal returns (uint256 paidRaw) {
        Calls.none(MANAGER, IPoolManager.settle.selector);
        assembly ("memory-safe") {
            returndatacopy(0, 0, 32)
            paidRaw := mload(0)
        }
    }
}
