// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../interfaces/IDepegExecutor.sol";
import {IMakerPsm} from "../../interfaces/external/IMakerPsm.sol";
import {Tokens} from "../Tokens.sol";

/// @notice Maker's peg stability modules: LitePSM, and the old one, whose gem join pulls the gem.
/// @dev Gems have 6 decimals, DAI has 18.
library MakerPsm {
    uint256 private constant WAD = 1e18;
    uint256 private constant WAD_PER_GEM = 1e12; // DAI base units per base unit of gem
    uint256 private constant HALTED = type(uint256).max;

    /// @param puller Pulls the gem: the module itself, or its gem join.
    function sellGem(address psm, address puller, address gem, uint256 gemRaw) internal {
        if (IMakerPsm(psm).tin() == HALTED) revert IDepegExecutor.VenueHalted(psm);
        Tokens.allow(gem, puller, gemRaw);
        IMakerPsm(psm).sellGem(address(this), gemRaw);
        Tokens.requireSpent(gem, puller);
    }

    /// @param dustTo Receives DAI that buys less than one base unit of gem.
    function buyGem(address psm, address dai, uint256 daiWad, address dustTo) internal {
        uint256 feeWad = IMakerPsm(psm).tout();
        if (feeWad == HALTED) revert IDepegExecutor.VenueHalted(psm);
        // The most gem with priceWad <= daiWad, given that the module rounds the fee down.
        uint256 gemRaw = ((daiWad + 1) * WAD - 1) / (WAD_PER_GEM * (WAD + feeWad));
        uint256 priceWad = gemRaw * WAD_PER_GEM;
        priceWad += priceWad * feeWad / WAD;
        Tokens.allow(dai, psm, priceWad);
        IMakerPsm(psm).buyGem(address(this), gemRaw);
        Tokens.requireSpent(dai, psm);
        if (daiWad > priceWad) Tokens.send(dai, dustTo, daiWad - priceWad);
    }
}
