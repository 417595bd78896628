// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice ERC-3156: calls `onFlashLoan` of the receiver, then takes back loan and fee.
interface IERC3156FlashLender {
    function flashLoan(address receiver, address token, uint256 amountRaw, bytes calldata data) external returns (bool);
}
