// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IUniswapV3Pool} from "../../interfaces/external/IUniswapV3Pool.sol";
import {RunContext} from "../RunContext.sol";

/// @notice `flash` of a Uniswap V3 pool, for the pool's fee. Repayment is sent back within the callback.
library UniswapV3Loan {
    function borrow(address pool, bool isToken0, uint256 amountRaw, bytes memory context) internal {
        RunContext.expect(pool, context);
        (uint256 amount0, uint256 amount1) = isToken0 ? (amountRaw, uint256(0)) : (uint256(0), amountRaw);
        IUniswapV3Pool(pool).flash({recipient: address(this), amount0: amount0, amount1: amount1, data: context});
        RunContext.requireReturned();
    }
}
