// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISandboxCoin} from "./SandboxTransfers.sol";

/// @title Stand-in for the fixed price of a GHO stability module
/// @notice Sandbox only: after aave/gho-core gsm/priceStrategy/FixedPriceStrategy.sol. Not Aave's bytecode.
contract FixedPriceStrategy {
    uint256 public constant GHO_DECIMALS = 18;
    address public immutable UNDERLYING_ASSET;
    uint256 public immutable UNDERLYING_ASSET_DECIMALS;

    /// @notice GHO per unit of the asset, 1e18 is one.
    uint256 public immutable PRICE_RATIO;

    constructor(uint256 priceRatio, address asset) {
        require(priceRatio > 0, "INVALID_PRICE_RATIO");
        (PRICE_RATIO, UNDERLYING_ASSET) = (priceRatio, asset);
        UNDERLYING_ASSET_DECIMALS = ISandboxCoin(asset).decimals();
    }

    function getAssetPriceInGho(uint256 assetAmount, bool roundUp) external view returns (uint256) {
        return _divide(assetAmount * PRICE_RATIO, 10 ** UNDERLYING_ASSET_DECIMALS, roundUp);
    }

    function getGhoPriceInAsset(uint256 ghoAmount, bool roundUp) external view returns (uint256) {
        return _divide(ghoAmount * 10 ** UNDERLYING_ASSET_DECIMALS, PRICE_RATIO, roundUp);
    }

    function _divide(uint256 numerator, uint256 denominator, bool roundUp) private pure returns (uint256) {
        return (numerator + (roundUp ? denominator - 1 : 0)) / denominator;
    }
}
