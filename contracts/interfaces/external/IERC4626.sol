// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice ERC-4626, as far as it is used here.
interface IERC4626 {
    function deposit(uint256 assets, address receiver) external returns (uint256 shares);
    function redeem(uint256 shares, address receiver, address holder) external returns (uint256 assets);
}
