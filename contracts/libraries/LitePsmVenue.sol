// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../interfaces/IDepegExecutor.sol";
import {ILitePsm} from "../interfaces/external/ILitePsm.sol";
import {Tokens} from "./Tokens.sol";

/// @notice Maker's LitePSM, both directions between USDC ("gem", 6 decimals) and DAI (18 decimals).
library LitePsmVenue {
    address internal constant PSM = 0xf6e72Db5454dd049d0788e411b06CfAF16853042;
    address internal constant GEM = 0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48;
    address internal constant DAI = 0x6B175474E89094C44Da98b954EedeAC495271d0F;

    uint256 private constant WAD = 1e18;
    uint256 private constant WAD_PER_GEM = 1e12; // DAI base units per base unit of gem
    uint256 private constant HALTED = type(uint256).max;

    /// @param owner Receives DAI that buys less than one base unit of gem.
    function swap(IDepegExecutor.Step memory step, uint256 amountInRaw, address owner) internal {
        if (step.pool != PSM) revert IDepegExecutor.UnknownPool(step.pool);
        if (step.tokenIn == GEM && step.tokenOut == DAI) return _sellGem(amountInRaw);
        if (step.tokenIn == DAI && step.tokenOut == GEM) return _buyGem(amountInRaw, owner);
        revert IDepegExecutor.UnknownPool(step.pool);
    }

    function _sellGem(uint256 gemRaw) private {
        Tokens.allow(GEM, PSM, gemRaw);
        ILitePsm(PSM).sellGem(address(this), gemRaw);
        Tokens.requireSpent(GEM, PSM);
    }

    function _buyGem(uint256 daiWad, address owner) private {
        uint256 feeWad = ILitePsm(PSM).tout();
        if (feeWad == HALTED) revert IDepegExecutor.VenueHalted(PSM);
        // The most gem with priceWad <= daiWad, given that the module rounds the fee down.
        uint256 gemRaw = ((daiWad + 1) * WAD - 1) / (WAD_PER_GEM * (WAD + feeWad));
        uint256 priceWad = gemRaw * WAD_PER_GEM;
        priceWad += priceWad * feeWad / WAD;
        Tokens.allow(DAI, PSM, priceWad);
        ILitePsm(PSM).buyGem(address(this), gemRaw);
        Tokens.requireSpent(DAI, PSM);
        if (daiWad > priceWad) Tokens.send(DAI, owner, daiWad - priceWad);
    }
}
