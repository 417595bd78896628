// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../interfaces/IDepegExecutor.sol";
import {Calls} from "../Calls.sol";
import {Create2} from "../Create2.sol";
import {RunContext} from "../RunContext.sol";

/// @notice Uniswap V3 pools of the mainnet factory, any fee.
library UniswapV3 {
    address private constant FACTORY = 0x1F98431c8aD98523631AE4a59f267346ea31F984;
    bytes32 private constant POOL_CODE = 0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54;

    // `IUniswapV3Pool.swap.selector`, as assembly can read it.
    bytes4 private constant SWAP = 0x128acb08;

    // No price limit of our own: one inside the range that the pool accepts.
    uint160 private constant LOWEST_LIMIT_X96 = 4295128740;
    uint160 private constant HIGHEST_LIMIT_X96 = 1461446703485210103287273052203988822378723970341;

    function poolOf(address tokenIn, address tokenOut, uint256 feePips) internal pure returns (address) {
        bytes32 salt = tokenIn < tokenOut ? _salt(tokenIn, tokenOut, feePips) : _salt(tokenOut, tokenIn, feePips);
        return Create2.at(FACTORY, salt, POOL_CODE);
    }

    /// @param amountRaw Exact input if positive, exact output if negative.
    /// @param context Comes back in `uniswapV3SwapCallback`, from this pool only.
    /// @return inRaw What the pool was paid.
    /// @return outRaw What it paid to `to`.
    function swap(address pool, bool zeroForOne, int256 amountRaw, address to, bytes memory context)
        internal
        returns (uint256 inRaw, uint256 outRaw)
    {
        RunContext.expect(pool, context);
        bool done;
        bool answered;
        assembly ("memory-safe") {
            let data := mload(0x40)
            let length := mload(context)
            mstore(data, SWAP)
            mstore(add(data, 4), to)
            mstore(add(data, 36), zeroForOne)
            mstore(add(data, 68), amountRaw)
            mstore(add(data, 100), HIGHEST_LIMIT_X96)
            if zeroForOne { mstore(add(data, 100), LOWEST_LIMIT_X96) }
            mstore(add(data, 132), 160)
            mcopy(add(data, 164), context, add(length, 32)) // contexts are whole words
            done := call(gas(), pool, 0, data, add(length, 196), 0, 64)
            // The pool returns amount0 and amount1, what it was paid positive.
            switch zeroForOne
            case 0 {
                inRaw := mload(32)
                outRaw := sub(0, mload(0))
            }
            default {
                inRaw := mload(0)
                outRaw := sub(0, mload(32))
            }
            answered := gt(returndatasize(), 63)
        }
        if (!done) Calls.bubbleUp();
        if (!answered) revert IDepegExecutor.UnknownPool(pool);
    }

    function _salt(address token0, address token1, uint256 feePips) private pure returns (bytes32 salt) {
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, token0)
            mstore(add(data, 32), token1)
            mstore(add(data, 64), feePips)
            salt := keccak256(data, 96)
        }
    }
}
