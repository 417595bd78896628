// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TokenDouble} from "./TokenDouble.sol";

/// @notice LitePSM with its own balance as pocket.
contract PsmDouble {
    TokenDouble internal dai;
    TokenDouble internal gem;
    uint256 public tin;
    uint256 public tout;
    uint256 internal untakenRaw;

    function set(address newDai, address newGem) external {
        (dai, gem) = (TokenDouble(newDai), TokenDouble(newGem));
    }

    function setFees(uint256 tinWad, uint256 toutWad) external {
        (tin, tout) = (tinWad, toutWad);
    }

    /// @dev Takes that much less than it is allowed to.
    function leaveUntaken(uint256 amountRaw) external {
        untakenRaw = amountRaw;
    }

    function sellGem(address to, uint256 gemRaw) external returns (uint256 daiOutWad) {
        daiOutWad = gemRaw * 1e12;
        daiOutWad -= daiOutWad * tin / 1e18;
        gem.transferFrom(msg.sender, address(this), gemRaw - untakenRaw);
        dai.transfer(to, daiOutWad);
    }

    function buyGem(address to, uint256 gemRaw) external returns (uint256 daiInWad) {
        daiInWad = gemRaw * 1e12;
        daiInWad += daiInWad * tout / 1e18;
        dai.transferFrom(msg.sender, address(this), daiInWad - untakenRaw);
        gem.transfer(to, gemRaw);
    }
}
