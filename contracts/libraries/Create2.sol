// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Where a factory puts a contract by CREATE2.
library Create2 {
    function addressOf(address factory, bytes32 salt, bytes32 initCodeHash) internal pure returns (address) {
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), factory, salt, initCodeHash)))));
    }
}
