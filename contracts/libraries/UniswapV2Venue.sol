// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../interfaces/IDepegExecutor.sol";
import {IUniswapV2Pair} from "../interfaces/external/IUniswapV2Pair.sol";
import {Create2} from "./Create2.sol";
import {Tokens} from "./Tokens.sol";

/// @notice Uniswap V2 pairs of the mainnet factory; the amount out is computed from the reserves of the moment.
library UniswapV2Venue {
    address internal constant FACTORY = 0x5C69bEe701ef814a2B6a3EDD4B1652CB9cc5aA6f;
    bytes32 internal constant INIT_CODE_HASH = 0x96e8ac4277198ff8b6f785478aa9a39f403cb768dd02cbee326c3e7da348845f;

    uint256 private constant KEPT_PER_MILLE = 997; // the fee is 0.3 % of the input

    function swap(IDepegExecutor.Step memory step, uint256 amountInRaw) internal {
        bool zeroForOne = step.tokenIn < step.tokenOut;
        _requirePair(step, zeroForOne);
        uint256 amountOutRaw = _amountOutDown(step.pool, zeroForOne, amountInRaw);
        Tokens.send(step.tokenIn, step.pool, amountInRaw);
        IUniswapV2Pair(step.pool)
            .swap({
            amount0Out: zeroForOne ? 0 : amountOutRaw,
            amount1Out: zeroForOne ? amountOutRaw : 0,
            to: address(this),
            data: ""
        });
    }

    function _requirePair(IDepegExecutor.Step memory step, bool zeroForOne) private pure {
        (address token0, address token1) = zeroForOne ? (step.tokenIn, step.tokenOut) : (step.tokenOut, step.tokenIn);
        bytes32 salt = keccak256(abi.encodePacked(token0, token1));
        if (step.pool != Create2.addressOf(FACTORY, salt, INIT_CODE_HASH)) {
            revert IDepegExecutor.UnknownPool(step.pool);
        }
    }

    function _amountOutDown(address pair, bool zeroForOne, uint256 amountInRaw) private view returns (uint256) {
        (uint256 reserve0, uint256 reserve1,) = IUniswapV2Pair(pair).getReserves();
        (uint256 reserveIn, uint256 reserveOut) = zeroForOne ? (reserve0, reserve1) : (reserve1, reserve0);
        uint256 kept = amountInRaw * KEPT_PER_MILLE;
        return kept * reserveOut / (reserveIn * 1000 + kept);
    }
}
