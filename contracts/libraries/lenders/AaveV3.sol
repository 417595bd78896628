// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IAaveV3Pool} from "../../interfaces/external/IAaveV3Pool.sol";
import {RunContext} from "../RunContext.sol";
import {Tokens} from "../Tokens.sol";

/// @notice Aave V3 on mainnet, `flashLoanSimple`. Repayment is pulled by allowance after the callback.
library AaveV3 {
    address internal constant POOL = 0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2;

    function borrow(address token, uint256 amountRaw, bytes memory context) internal {
        RunContext.expect(POOL, context);
        IAaveV3Pool(POOL)
            .flashLoanSimple({
            receiver: address(this), asset: token, amountRaw: amountRaw, params: context, referralCode: 0
        });
        RunContext.requireReturned();
        Tokens.requireSpent(token, POOL);
    }
}
