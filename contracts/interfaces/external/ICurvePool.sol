// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Curve StableSwap of the first generation: `exchange` returns nothing in old pools.
interface ICurvePool {
    function exchange(int128 coinIn, int128 coinOut, uint256 amountInRaw, uint256 minAmountOutRaw) external;
}
