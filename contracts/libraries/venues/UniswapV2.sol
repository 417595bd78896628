// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../interfaces/IDepegExecutor.sol";
import {IUniswapV2Pair} from "../../interfaces/external/IUniswapV2Pair.sol";
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

    uint256 private constant WHOLE = 10_000;
    uint256 private constant KEPT = 9_970; // the fee is 0.3 % of the input
    uint256 private constant KEPT_PANCAKE = 9_975;

    /// @notice A pair, seen in the direction of one swap.
    struct Side {
        address pair;
        bool zeroForOne;
        uint256 kept; // of WHOLE
        address tokenOut;
    }

    /// @param factory As in `Venue.UniswapV2`.
    function side(uint256 factory, address tokenIn, address tokenOut) internal pure returns (Side memory found) {
        found.zeroForOne = tokenIn < tokenOut;
        bytes32 salt = found.zeroForOne ? _salt(tokenIn, tokenOut) : _salt(tokenOut, tokenIn);
        (found.kept, found.tokenOut) = (KEPT, tokenOut);
        if (factory == 0) {
            found.pair = Create2.at(UNISWAP, salt, UNISWAP_CODE);
        } else if (factory == 1) {
            found.pair = Create2.at(SUSHI, salt, SUSHI_CODE);
        } else if (factory == 2) {
            found.pair = Create2.at(PANCAKE, salt, PANCAKE_CODE);
            found.kept = KEPT_PANCAKE;
        } else {
            revert IDepegExecutor.UnknownTarget(factory);
        }
    }

    function amountOutDown(Side memory of_, uint256 inRaw) internal view returns (uint256) {
        (uint256 reserveIn, uint256 reserveOut) = _reserves(of_);
        unchecked {
            // Reserves have 112 bits and amounts 128, so nothing overflows.
            uint256 kept = inRaw * of_.kept;
            return kept * reserveOut / (reserveIn * WHOLE + kept);
        }
    }

    function amountInUp(Side memory of_, uint256 outRaw) internal view returns (uint256) {
        (uint256 reserveIn, uint256 reserveOut) = _reserves(of_);
        if (outRaw >= reserveOut) revert IDepegExecutor.OutputTooSmall(of_.tokenOut, outRaw - reserveOut + 1);
        unchecked {
            return reserveIn * outRaw * WHOLE / ((reserveOut - outRaw) * of_.kept) + 1;
        }
    }

    /// @param context Handed to `uniswapV2Call`; the pair calls back only if there is any.
    function take(Side memory of_, address to, uint256 outRaw, bytes memory context) internal {
        (uint256 out0, uint256 out1) = of_.zeroForOne ? (uint256(0), outRaw) : (outRaw, uint256(0));
        IUniswapV2Pair(of_.pair).swap({amount0Out: out0, amount1Out: out1, to: to, data: context});
    }

    function _reserves(Side memory of_) private view returns (uint256, uint256) {
        if (of_.pair.code.length == 0) revert IDepegExecutor.UnknownPool(of_.pair);
        (uint256 reserve0, uint256 reserve1,) = IUniswapV2Pair(of_.pair).getReserves();
        return of_.zeroForOne ? (reserve0, reserve1) : (reserve1, reserve0);
    }

    function _salt(address token0, address token1) private pure returns (bytes32 salt) {
        assembly ("memory-safe") {
            mstore(0, shl(96, token0))
            mstore(20, shl(96, token1))
            salt := keccak256(0, 40)
        }
    }
}
