// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBalancerV2Vault} from "../../interfaces/external/IBalancerV2Vault.sol";
import {RunContext} from "../RunContext.sol";

/// @notice Balancer V2 on mainnet. Repayment is sent back within the callback.
library BalancerV2 {
    address internal constant VAULT = 0xBA12222222228d8Ba445958a75a0704d566BF2C8;

    function borrow(address token, uint256 amountRaw, bytes memory context) internal {
        address[] memory tokens = new address[](1);
        uint256[] memory amountsRaw = new uint256[](1);
        (tokens[0], amountsRaw[0]) = (token, amountRaw);
        RunContext.expect(VAULT, context);
        IBalancerV2Vault(VAULT)
            .flashLoan({recipient: address(this), tokens: tokens, amountsRaw: amountsRaw, data: context});
        RunContext.requireReturned();
    }
}
