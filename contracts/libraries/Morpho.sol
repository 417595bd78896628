// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMorphoBlue} from "../interfaces/external/IMorphoBlue.sol";
import {CallbackGuard} from "./CallbackGuard.sol";
import {Tokens} from "./Tokens.sol";

/// @notice Morpho Blue on mainnet, free of charge. Repayment is pulled by allowance after the callback.
library Morpho {
    address internal constant BLUE = 0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb;

    function borrow(address token, uint256 amountRaw, bytes memory context) internal {
        CallbackGuard.arm(BLUE, context);
        IMorphoBlue(BLUE).flashLoan(token, amountRaw, context);
        CallbackGuard.requireConsumed();
        Tokens.requireSpent(token, BLUE);
    }

    function repay(address token, uint256 dueRaw) internal {
        Tokens.allow(token, BLUE, dueRaw);
    }
}
