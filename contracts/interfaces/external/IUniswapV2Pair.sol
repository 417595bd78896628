// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Uniswap V2 pair: tokens are sent first, then taken out.
interface IUniswapV2Pair {
    function getReserves() external view returns (uint112 reserve0, uint112 reserve1, uint32 updatedAt);
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
}
