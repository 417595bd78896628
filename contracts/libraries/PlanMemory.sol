// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice A plan in memory: its head, then the steps that are still to do. What is done is cut off.
library PlanMemory {
    /// @dev What was paid to the PoolManager is still to be settled, before anything else.
    uint256 internal constant SETTLE = 1 << 24;
    /// @dev The last word is a V2 pair that has just been paid, and pays its `amount` out now.
    uint256 internal constant TAIL = 1 << 25;
    /// @dev The PoolManager is unlocked.
    uint256 internal constant UNLOCKED = 1 << 26;
    /// @dev All of them; none may be set in calldata.
    uint256 internal constant FLAGS = 0xff << 24;

    function head(bytes memory plan) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(plan, 32))
        }
    }

    function setHead(bytes memory plan, uint256 word) internal pure {
        assembly ("memory-safe") {
            mstore(add(plan, 32), word)
        }
    }

    /// @param at Offset of the word from the start of the plan, 0 for the head.
    function wordAt(bytes memory plan, uint256 at) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(add(plan, 32), at))
        }
    }

    function isDone(bytes memory plan) internal pure returns (bool) {
        return plan.length == 32;
    }

    function last(bytes memory plan) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := mload(add(plan, mload(plan)))
        }
    }

    function pop(bytes memory plan) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            let length := mload(plan)
            word := mload(add(plan, length))
            mstore(plan, sub(length, 32))
        }
    }

    /// @dev Undoes a `pop` of the same word.
    function push(bytes memory plan, uint256 word) internal pure {
        assembly ("memory-safe") {
            let length := add(mload(plan), 32)
            mstore(plan, length)
            mstore(add(plan, length), word)
        }
    }

    function replaceLast(bytes memory plan, uint256 word) internal pure returns (uint256 replaced) {
        assembly ("memory-safe") {
            let at := add(plan, mload(plan))
            replaced := mload(at)
            mstore(at, word)
        }
    }

    /// @dev The same head, then the words from offset `at` on. Overwrites what stood before them.
    function from(bytes memory plan, uint256 at) internal pure returns (bytes memory rest) {
        assembly ("memory-safe") {
            let length := mload(plan)
            let word := mload(add(plan, 32))
            rest := sub(add(plan, at), 32)
            mstore(rest, sub(length, sub(at, 32)))
            mstore(add(rest, 32), word)
        }
    }

    /// @dev `length` bytes of calldata from `at` on.
    function copy(uint256 at, uint256 length) internal pure returns (bytes memory plan) {
        assembly ("memory-safe") {
            plan := mload(0x40)
            mstore(plan, length)
            calldatacopy(add(plan, 32), at, length)
            mstore(0x40, add(plan, add(length, 32)))
        }
    }

    function single(uint256 word) internal pure returns (bytes memory plan) {
        assembly ("memory-safe") {
            plan := mload(0x40)
            mstore(plan, 32)
            mstore(add(plan, 32), word)
            mstore(0x40, add(plan, 64))
        }
    }

    function pair(uint256 first, uint256 second) internal pure returns (bytes memory plan) {
        assembly ("memory-safe") {
            plan := mload(0x40)
            mstore(plan, 64)
            mstore(add(plan, 32), first)
            mstore(add(plan, 64), second)
            mstore(0x40, add(plan, 96))
        }
    }
}
