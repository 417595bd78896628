// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICurvePool} from "../../interfaces/external/ICurvePool.sol";
import {Tokens} from "../Tokens.sol";

/// @notice Curve StableSwap of any generation, metapools included. What it pays is left to the balances to tell.
library Curve {
    function swap(address pool, address tokenIn, uint256 coinIn, uint256 coinOut, uint256 inRaw) internal {
        Tokens.allow(tokenIn, pool, inRaw);
        ICurvePool(pool)
            .exchange({
            coinIn: int128(uint128(coinIn)),
            coinOut: int128(uint128(coinOut)),
            amountInRaw: inRaw,
            minAmountOutRaw: 0 // the end of the plan is checked, not its middle
        });
        Tokens.requireSpent(tokenIn, pool);
    }

    function swapUnderlying(address pool, address tokenIn, uint256 coinIn, uint256 coinOut, uint256 inRaw) internal {
        Tokens.allow(tokenIn, pool, inRaw);
        ICurvePool(pool)
            .exchange_underlying({
            coinIn: int128(uint128(coinIn)),
            coinOut: int128(uint128(coinOut)),
            amountInRaw: inRaw,
            minAmountOutRaw: 0 // as above
        });
        Tokens.requireSpent(tokenIn, pool);
    }

    /// @dev The input has been sent to the pool, which credits the whole difference to its own books.
    function swapReceived(address pool, uint256 coinIn, uint256 coinOut, uint256 inRaw, address to) internal {
        ICurvePool(pool)
            .exchange_received({
            coinIn: int128(uint128(coinIn)),
            coinOut: int128(uint128(coinOut)),
            amountInRaw: inRaw,
            minAmountOutRaw: 0, // as above
            receiver: to
        });
    }
}
