// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Views of the protocols that `PoolLens` reads; the same functions as in the swap interfaces are left out.
interface ICurvePoolState {
    /// @dev Old pools: without extra precision.
    function A() external view returns (uint256);
    /// @return feeE10 1e10 is 100 %.
    function fee() external view returns (uint256 feeE10);
    function balances(uint256 coin) external view returns (uint256 amountRaw);
}

/// @dev Pools of 2020 and older count their coins in int128.
interface ICurvePoolStateInt128 {
    function balances(int128 coin) external view returns (uint256 amountRaw);
}

interface IUniswapV3PoolState {
    /// @dev Further return values are not read.
    function slot0() external view returns (uint160 sqrtPriceX96, int24 tick);
    function liquidity() external view returns (uint128);
    function fee() external view returns (uint24 feePips);
    function tickSpacing() external view returns (int24);
    function tickBitmap(int16 word) external view returns (uint256);
    /// @dev Further return values are not read.
    function ticks(int24 tick) external view returns (uint128 liquidityGross, int128 liquidityNet);
}

interface ILitePsmState {
    function tin() external view returns (uint256 feeWad);
    function tout() external view returns (uint256 feeWad);
    function to18ConversionFactor() external view returns (uint256);
    function dai() external view returns (address);
    function gem() external view returns (address);
    function pocket() external view returns (address);
}
