// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice ERC-20, as far as its answers can be trusted: USDT returns nothing from `transfer` and `approve`.
interface IERC20 {
    function balanceOf(address account) external view returns (uint256);
    function allowance(address holder, address spender) external view returns (uint256);
    function transfer(address to, uint256 amountRaw) external returns (bool);
    function approve(address spender, uint256 amountRaw) external returns (bool);
}
