// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../interfaces/IDepegExecutor.sol";
import {IGhoGsm} from "../../interfaces/external/IGhoGsm.sol";
import {Tokens} from "../Tokens.sol";

/// @notice Aave's GHO stability module. It refuses by itself when it is frozen, seized, or full.
library GhoGsm {
    function sellAsset(address gsm, address asset, uint256 assetRaw) internal {
        Tokens.allow(asset, gsm, assetRaw);
        IGhoGsm(gsm).sellAsset({maxAmount: assetRaw, receiver: address(this)});
        Tokens.requireSpent(asset, gsm);
    }

    /// @param dustTo Receives GHO that buys less than one base unit of the asset.
    function buyAsset(address gsm, address gho, uint256 ghoWad, address dustTo) internal {
        (uint256 assetRaw, uint256 priceWad,,) = IGhoGsm(gsm).getAssetAmountForBuyAsset(ghoWad);
        if (priceWad > ghoWad) revert IDepegExecutor.NotHeld(gho, priceWad - ghoWad);
        Tokens.allow(gho, gsm, priceWad);
        IGhoGsm(gsm).buyAsset({minAmount: assetRaw, receiver: address(this)});
        Tokens.requireSpent(gho, gsm);
        if (ghoWad > priceWad) Tokens.send(gho, dustTo, ghoWad - priceWad);
    }
}
