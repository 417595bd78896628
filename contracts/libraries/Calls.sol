// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Calls with word arguments only, without what the compiler adds to each. Failures come through unchanged.
/// @dev Does not check for code: only for addresses that have it, as constants and genuine pools do, or whose answer is
/// checked by the caller.
library Calls {
    function bubbleUp() internal pure {
        assembly ("memory-safe") {
            let reason := mload(0x40)
            returndatacopy(reason, 0, returndatasize())
            revert(reason, returndatasize())
        }
    }

    function none(address target, bytes4 selector) internal {
        bool done;
        assembly ("memory-safe") {
            mstore(0, selector)
            done := call(gas(), target, 0, 0, 4, 0, 0)
        }
        if (!done) bubbleUp();
    }

    function one(address target, bytes4 selector, uint256 first) internal {
        bool done;
        assembly ("memory-safe") {
            mstore(0, selector)
            mstore(4, first)
            done := call(gas(), target, 0, 0, 36, 0, 0)
        }
        if (!done) bubbleUp();
    }

    function three(address target, bytes4 selector, uint256 first, uint256 second, uint256 third) internal {
        bool done;
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, selector)
            mstore(add(data, 4), first)
            mstore(add(data, 36), second)
            mstore(add(data, 68), third)
            done := call(gas(), target, 0, data, 100, 0, 0)
        }
        if (!done) bubbleUp();
    }
}
