// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../interfaces/IDepegExecutor.sol";
import {IUniswapV3Pool} from "../interfaces/external/IUniswapV3Pool.sol";
import {CallbackGuard} from "./CallbackGuard.sol";
import {Create2} from "./Create2.sol";
import {Tokens} from "./Tokens.sol";

/// @notice Uniswap V3 pools of the mainnet factory, any fee.
library UniswapV3Venue {
    address internal constant FACTORY = 0x1F98431c8aD98523631AE4a59f267346ea31F984;
    bytes32 internal constant INIT_CODE_HASH = 0xe34f199b19b2b4f47f68442619d555527d244f78a3297ea89325f843f87b8b54;

    // No price limit of our own: one inside the range that the pool accepts.
    uint160 private constant LOWEST_LIMIT_X96 = 4295128739 + 1;
    uint160 private constant HIGHEST_LIMIT_X96 = 1461446703485210103287273052203988822378723970342 - 1;

    function swap(IDepegExecutor.Step memory step, uint256 amountInRaw) internal {
        bool zeroForOne = step.tokenIn < step.tokenOut;
        _requirePool(step, zeroForOne);
        bytes memory context = abi.encode(step.tokenIn);
        CallbackGuard.arm(step.pool, context);
        (int256 amount0, int256 amount1) = IUniswapV3Pool(step.pool)
            .swap({
            recipient: address(this),
            zeroForOne: zeroForOne,
            amountSpecified: int256(amountInRaw), // above 2^255 it is an exact output, which the next lines refuse
            sqrtPriceLimitX96: zeroForOne ? LOWEST_LIMIT_X96 : HIGHEST_LIMIT_X96,
            data: context
        });
        CallbackGuard.requireConsumed();
        uint256 takenRaw = uint256(zeroForOne ? amount0 : amount1);
        if (takenRaw != amountInRaw) revert IDepegExecutor.PartialFill(step.pool, amountInRaw - takenRaw);
    }

    /// @dev Called by the pool: pays what it is owed. One of the two amounts is positive.
    function pay(int256 amount0, int256 amount1, bytes calldata context) internal {
        CallbackGuard.accept(context);
        address tokenIn = abi.decode(context, (address));
        Tokens.send(tokenIn, msg.sender, uint256(amount0 > 0 ? amount0 : amount1));
    }

    /// @dev A stranger's pool may answer any fee, but no fee makes its address the one the factory would use.
    function _requirePool(IDepegExecutor.Step memory step, bool zeroForOne) private view {
        (address token0, address token1) = zeroForOne ? (step.tokenIn, step.tokenOut) : (step.tokenOut, step.tokenIn);
        bytes32 salt = keccak256(abi.encode(token0, token1, IUniswapV3Pool(step.pool).fee()));
        if (step.pool != Create2.addressOf(FACTORY, salt, INIT_CODE_HASH)) {
            revert IDepegExecutor.UnknownPool(step.pool);
        }
    }
}
