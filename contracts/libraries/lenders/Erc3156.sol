// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC3156FlashLender} from "../../interfaces/external/IERC3156FlashLender.sol";
import {RunContext} from "../RunContext.sol";
import {Tokens} from "../Tokens.sol";

/// @notice Lenders of ERC-3156: DssFlash, GHO's flash minter, crvUSD's FlashLender.
library Erc3156 {
    bytes32 internal constant AGREED = keccak256("ERC3156FlashBorrower.onFlashLoan");

    function borrow(address lender, address token, uint256 amountRaw, bytes memory context) internal {
        RunContext.expect(lender, context);
        IERC3156FlashLender(lender)
            .flashLoan({receiver: address(this), token: token, amountRaw: amountRaw, data: context});
        RunContext.requireReturned();
        Tokens.requireSpent(token, lender);
    }
}
