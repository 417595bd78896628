// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../interfaces/IDepegExecutor.sol";
import {Calls} from "../Calls.sol";
import {Create2} from "../Create2.sol";

/// @notice Uniswap V2 pairs and two forks, by constant factory; amounts follow from the reserves of the moment.
library UniswapV2 {
    // Sources: the factories' verified code on mainnet; the router libraries of the three protocols.
    address private constant UNISWAP = 0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f;
    bytes32 private constant UNISWAP_CODE = 0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f;
    address private constant SUSHI = 0xC0AEe478e3658e2610c5F7A4A2E1777cE9e4f2Ac;
    bytes32 private constant SUSHI_CODE = 0xe18a34eb0e04b04f7a0ac29a6e80748dca96319b42c54d679cb821dca90c6303;
    address private constant PANCAKE = 0x1097053Fd2ea711dad45caCcc45EfF7548fCB362;
    bytes32 private constant PANCAKE_CODE = 0x57224589c67f3f30a6b0d7a1b54cf3153ab84563bc609ef41dfb34f8b2974d2d;

    uint256 private constant PANCAKES = 2;
    uint256 private constant WHOLE = 10_000;
    uint256 private constant KEPT = 9_970; // the fee is 0.3 % of the input
    uint256 private constant KEPT_PANCAKE = 9_975;

    // `IUniswapV2Pair.swap.selector` and `getReserves.selector`, as assembly can read them.
    bytes4 private constant SWAP = 0x022c0d9f;
    bytes4 private constant GET_RESERVES = 0x0902f1ac;

    /// @param factory As in `Venue.UniswapV2`.
    function pairOf(uint256 factory, address tokenIn, address tokenOut) internal pure returns (address) {
        bytes32 salt = tokenIn < tokenOut ? _salt(tokenIn, tokenOut) : _salt(tokenOut, tokenIn);
        if (factory == 0) return Create2.at(UNISWAP, salt, UNISWAP_CODE);
        if (factory == 1) return Create2.at(SUSHI, salt, SUSHI_CODE);
        if (factory == PANCAKES) return Create2.at(PANCAKE, salt, PANCAKE_CODE);
        revert IDepegExecutor.UnknownTarget(factory);
    }

    function amountOutDown(address pair, bool zeroForOne, uint256 factory, uint256 inRaw)
        internal
        view
        returns (uint256)
    {
        (uint256 reserveIn, uint256 reserveOut) = _reserves(pair, zeroForOne);
        unchecked {
            // Reserves have 112 bits and amounts 128, so nothing overflows.
            uint256 kept = inRaw * _kept(factory);
            return kept * reserveOut / (reserveIn * WHOLE + kept);
        }
    }

    /// @dev Zero if the pair does not have `outRaw`.
    function amountInUp(address pair, bool zeroForOne, uint256 factory, uint256 outRaw)
        internal
        view
        returns (uint256)
    {
        (uint256 reserveIn, uint256 reserveOut) = _reserves(pair, zeroForOne);
        if (outRaw >= reserveOut) return 0;
        unchecked {
            return reserveIn * outRaw * WHOLE / ((reserveOut - outRaw) * _kept(factory)) + 1;
        }
    }

    /// @param context Handed to `uniswapV2Call`; the pair calls back only if there is any.
    function take(address pair, bool zeroForOne, address to, uint256 outRaw, bytes memory context) internal {
        bool done;
        assembly ("memory-safe") {
            let data := mload(0x40)
            let length := mload(context)
            mstore(data, SWAP)
            mstore(add(data, 4), mul(outRaw, iszero(zeroForOne)))
            mstore(add(data, 36), mul(outRaw, zeroForOne))
            mstore(add(data, 68), to)
            mstore(add(data, 100), 128)
            mcopy(add(data, 132), context, add(length, 32)) // contexts are whole words
            done := call(gas(), pair, 0, data, add(length, 164), 0, 0)
        }
        if (!done) Calls.bubbleUp();
    }

    function none() internal pure returns (bytes memory empty) {
        assembly ("memory-safe") {
            empty := 0x60 // where the compiler keeps a zero
        }
    }

    function _kept(uint256 factory) private pure returns (uint256) {
        return factory == PANCAKES ? KEPT_PANCAKE : KEPT;
    }

    function _reserves(address pair, bool zeroForOne) private view returns (uint256 reserveIn, uint256 reserveOut) {
        bool answered;
        assembly ("memory-safe") {
            mstore(0, GET_RESERVES)
            answered := and(gt(returndatasize(), 63), staticcall(gas(), pair, 0, 4, 0, 64))
            reserveIn := mload(mul(iszero(zeroForOne), 32))
            reserveOut := mload(mul(zeroForOne, 32))
        }
        if (!answered) revert IDepegExecutor.UnknownPool(pair);
    }

    function _salt(address token0, address token1) private pure returns (bytes32 salt) {
        assembly ("memory-safe") {
            mstore(0, shl(96, token0))
            mstore(20, shl(96, token1))
            salt := keccak256(0, 40)
        }
    }
}
