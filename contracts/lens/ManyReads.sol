// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Runs many views of one block in one call
/// @dev Stateless and without immutables, so the runtime code works wherever it is put.
abstract contract ManyReads {
    /// @notice One view to call.
    struct Read {
        address target;
        bytes data;
    }

    /// @notice Runs every read, each with an equal share of the gas that is left.
    /// @dev By hand: answers are copied once, from where they are returned to where the caller finds them. A node spends
    /// a third less on many small reads.
    /// @return Number of the block whose state was read.
    /// @return Its time, in seconds since the epoch.
    /// @return Raw return data in the order of `reads`; empty where the call failed or nobody answers.
    function read(Read[] calldata reads) external view returns (uint256, uint256, bytes[] memory) {
        assembly ("memory-safe") {
            let count := reads.length
            let start := mload(0x40)
            let offsets := add(start, 0x80)
            let answers := add(offsets, shl(5, count))
            let free := answers
            for { let at := 0 } lt(at, count) { at := add(at, 1) } {
                let one := add(reads.offset, calldataload(add(reads.offset, shl(5, at))))
                let data := add(one, calldataload(add(one, 0x20)))
                let size := calldataload(data)
                calldatacopy(free, add(data, 0x20), size) // the answer will overwrite the question
                let success := staticcall(div(gas(), sub(count, at)), calldataload(one), free, size, 0, 0)
                let length := mul(success, returndatasize()) // no code: success, and an empty answer
                mstore(add(offsets, shl(5, at)), sub(free, offsets))
                mstore(free, length)
                returndatacopy(add(free, 0x20), 0, length)
                mstore(add(add(free, 0x20), length), 0) // the padding of the last word
                free := add(free, and(add(length, 0x3f), not(0x1f)))
            }
            mstore(start, number())
            mstore(add(start, 0x20), timestamp())
            mstore(add(start, 0x40), 0x60)
            mstore(add(start, 0x60), count)
            return(start, sub(free, start))
        }
    }
}
