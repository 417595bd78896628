// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Uniswap V3 pool: pays first, then asks for the input in `uniswapV3SwapCallback`.
interface IUniswapV3Pool {
    /// @return feePips Fee in hundredths of a basis point.
    function fee() external view returns (uint24 feePips);
    /// @param amountSpecified Exact input if positive.
    /// @return amount0 What the pool received of token0 (negative: paid).
    /// @return amount1 What the pool received of token1 (negative: paid).
    function swap(
        address recipient,
        bool zeroForOne,
        int256 amountSpecified,
        uint160 sqrtPriceLimitX96,
        bytes calldata data
    ) external returns (int256 amount0, int256 amount1);
    function flash(address recipient, uint256 amount0, uint256 amount1, bytes calldata data) external;
}
