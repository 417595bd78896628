// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../interfaces/IDepegExecutor.sol";
import {IERC20} from "../interfaces/external/IERC20.sol";
import {Calls} from "./Calls.sol";

/// @notice Token calls that accept tokens without return values, and nothing less than success.
library Tokens {
    function balance(address token) internal view returns (uint256 amountRaw) {
        bytes4 selector = IERC20.balanceOf.selector;
        bool answered;
        assembly ("memory-safe") {
            mstore(0, selector)
            mstore(4, address())
            answered := and(gt(returndatasize(), 31), staticcall(gas(), token, 0, 36, 0, 32))
            amountRaw := mload(0)
        }
        if (!answered) revert IDepegExecutor.TokenCallFailed(token);
    }

    function send(address token, address to, uint256 amountRaw) internal {
        if (!trySend(token, to, amountRaw)) _refuse(token);
    }

    /// @dev False where `send` would revert; returndata is then the token's.
    function trySend(address token, address to, uint256 amountRaw) internal returns (bool) {
        return _call(token, IERC20.transfer.selector, to, amountRaw);
    }

    /// @dev Allowances are zero between calls (`requireSpent`), so tokens that forbid a change of a non-zero one agree.
    function allow(address token, address spender, uint256 amountRaw) internal {
        if (!_call(token, IERC20.approve.selector, spender, amountRaw)) _refuse(token);
    }

    function requireSpent(address token, address spender) internal view {
        uint256 leftRaw = IERC20(token).allowance(address(this), spender);
        if (leftRaw != 0) revert IDepegExecutor.AllowanceLeft(token, spender, leftRaw);
    }

    /// @dev No answer counts as success only where there is code.
    function _call(address token, bytes4 selector, address to, uint256 amountRaw) private returns (bool agreed) {
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, selector)
            mstore(add(data, 4), to)
            mstore(add(data, 36), amountRaw)
            agreed := call(gas(), token, 0, data, 68, 0, 32)
            if agreed {
                switch returndatasize()
                case 0 { agreed := gt(extcodesize(token), 0) }
                default { agreed := and(gt(returndatasize(), 31), eq(mload(0), 1)) }
            }
        }
    }

    /// @dev With the token's own reason, if it gave one.
    function _refuse(address token) private pure {
        uint256 size;
        assembly ("memory-safe") {
            size := returndatasize()
        }
        // A bare false is one word, no reason has that size.
        if (size > 32) Calls.bubbleUp();
        revert IDepegExecutor.TokenCallFailed(token);
    }
}
