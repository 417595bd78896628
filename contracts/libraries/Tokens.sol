// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../interfaces/IDepegExecutor.sol";
import {IERC20} from "../interfaces/external/IERC20.sol";

/// @notice Token calls that accept tokens without return values, and nothing less than success.
library Tokens {
    function balance(address token) internal view returns (uint256) {
        return IERC20(token).balanceOf(address(this));
    }

    function send(address token, address to, uint256 amountRaw) internal {
        _call(token, abi.encodeCall(IERC20.transfer, (to, amountRaw)));
    }

    /// @dev Allowances are zero between calls (`requireSpent`), so tokens that forbid a change of a non-zero one agree.
    function allow(address token, address spender, uint256 amountRaw) internal {
        _call(token, abi.encodeCall(IERC20.approve, (spender, amountRaw)));
    }

    function requireSpent(address token, address spender) internal view {
        uint256 leftRaw = IERC20(token).allowance(address(this), spender);
        if (leftRaw != 0) revert IDepegExecutor.AllowanceLeft(token, spender, leftRaw);
    }

    function _call(address token, bytes memory data) private {
        (bool success, bytes memory answer) = token.call(data);
        if (!success) _bubbleUp(answer);
        bool agreed = answer.length == 0 ? token.code.length > 0 : abi.decode(answer, (uint256)) == 1;
        if (!agreed) revert IDepegExecutor.TokenCallFailed(token);
    }

    function _bubbleUp(bytes memory reason) private pure {
        assembly ("memory-safe") {
            revert(add(reason, 32), mload(reason))
        }
    }
}
