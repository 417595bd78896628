// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../interfaces/IDepegExecutor.sol";
import {ICurvePool} from "../interfaces/external/ICurvePool.sol";
import {Tokens} from "./Tokens.sol";

/// @notice Curve StableSwap of the first generation. What it pays is left to the balances to tell.
library CurveVenue {
    function swap(IDepegExecutor.Step memory step, uint256 amountInRaw) internal {
        Tokens.allow(step.tokenIn, step.pool, amountInRaw);
        ICurvePool(step.pool)
            .exchange({
            coinIn: int128(uint128(step.coinIn)),
            coinOut: int128(uint128(step.coinOut)),
            amountInRaw: amountInRaw,
            minAmountOutRaw: 0 // the end of the plan is checked, not its middle
        });
        Tokens.requireSpent(step.tokenIn, step.pool);
    }
}
