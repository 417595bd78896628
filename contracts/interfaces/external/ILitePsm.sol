// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Maker's LitePSM for USDC ("gem"): swaps with DAI at one to one, less a fee that governance sets.
interface ILitePsm {
    /// @return feeWad Fee on buying gems with DAI; the largest uint256 means halted.
    function tout() external view returns (uint256 feeWad);
    function sellGem(address to, uint256 gemRaw) external returns (uint256 daiOutWad);
    function buyGem(address to, uint256 gemRaw) external returns (uint256 daiInWad);
}
