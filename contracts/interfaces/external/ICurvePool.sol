// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Curve StableSwap, any generation. Nothing returned is read: `exchange` returns nothing in old pools.
interface ICurvePool {
    function exchange(int128 coinIn, int128 coinOut, uint256 amountInRaw, uint256 minAmountOutRaw) external;
    /// @dev Metapools: between the meta coin (0) and the coins of the base pool (1 and up).
    function exchange_underlying(int128 coinIn, int128 coinOut, uint256 amountInRaw, uint256 minAmountOutRaw) external;
    /// @dev StableSwap-NG: swaps what was sent to the pool before.
    function exchange_received(
        int128 coinIn,
        int128 coinOut,
        uint256 amountInRaw,
        uint256 minAmountOutRaw,
        address receiver
    ) external;
}
