// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBalancerV3Vault} from "../../interfaces/external/IBalancerV3Vault.sol";
import {RunContext} from "../RunContext.sol";

/// @notice Balancer V3 on mainnet, free of charge: the vault's own tokens between `sendTo` and `settle`.
library BalancerV3 {
    address internal constant VAULT = 0xbA1333333333a1BA1108E8412f11850A5C319bA9;

    /// @param callback The vault calls it back as it is.
    function unlock(bytes memory context, bytes memory callback) internal {
        RunContext.expect(VAULT, context);
        IBalancerV3Vault(VAULT).unlock(callback);
        RunContext.requireReturned();
    }

    function take(address token, uint256 amountRaw) internal {
        IBalancerV3Vault(VAULT).sendTo(token, address(this), amountRaw);
    }

    /// @dev Right after the loan was sent back.
    function settle(address token, uint256 dueRaw) internal {
        IBalancerV3Vault(VAULT).settle(token, dueRaw);
    }
}
