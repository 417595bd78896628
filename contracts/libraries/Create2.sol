// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Where a factory puts a contract by CREATE2.
library Create2 {
    function at(address factory, bytes32 salt, bytes32 initCodeHash) internal pure returns (address made) {
        assembly ("memory-safe") {
            let data := mload(0x40)
            mstore(data, or(shl(248, 0xff), shl(88, factory)))
            mstore(add(data, 21), salt)
            mstore(add(data, 53), initCodeHash)
            made := and(keccak256(data, 85), 0xffffffffffffffffffffffffffffffffffffffff)
        }
    }
}
