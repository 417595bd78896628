// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IMorphoBlue} from "../../interfaces/external/IMorphoBlue.sol";
import {RunContext} from "../RunContext.sol";
import {Tokens} from "../Tokens.sol";

/// @notice Morpho Blue on mainnet, free of charge. Repayment is pulled by allowance after the callback.
library Morpho {
    address internal constant BLUE = 0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb;

    function borrow(address token, uint256 amountRaw, bytes memory context) internal {
        RunContext.expect(BLUE, context);
        IMorphoBlue(BLUE).flashLoan(token, amountRaw, context);
        RunContext.requireReturned();
        Tokens.requireSpent(token, BLUE);
    }
}
