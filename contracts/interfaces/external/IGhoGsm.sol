// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Aave's GHO stability module.
interface IGhoGsm {
    /// @return assetRaw Most of the asset that `maxGhoWad` buys.
    /// @return ghoSoldWad What that costs, fee included.
    function getAssetAmountForBuyAsset(uint256 maxGhoWad)
        external
        view
        returns (uint256 assetRaw, uint256 ghoSoldWad, uint256 grossWad, uint256 feeWad);
    function buyAsset(uint256 minAmount, address receiver) external returns (uint256 assetRaw, uint256 ghoWad);
    function sellAsset(uint256 maxAmount, address receiver) external returns (uint256 assetRaw, uint256 ghoWad);
}
