// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Wrapped ether.
interface IWETH {
    function withdraw(uint256 amountWei) external;
}
