// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Maker's PSM and LitePSM: swap a "gem" with DAI at one to one, less fees that governance sets.
/// @dev The old module returns nothing from its swaps; nothing is read here either.
interface IMakerPsm {
    /// @return feeWad Fee on selling gems for DAI; the largest uint256 means halted (LitePSM).
    function tin() external view returns (uint256 feeWad);
    /// @return feeWad Fee on buying gems with DAI; the largest uint256 means halted (LitePSM).
    function tout() external view returns (uint256 feeWad);
    function sellGem(address to, uint256 gemRaw) external;
    function buyGem(address to, uint256 gemRaw) external;
}
