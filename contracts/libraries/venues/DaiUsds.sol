// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDaiUsds} from "../../interfaces/external/IDaiUsds.sol";
import {TokenCalls} from "../TokenCalls.sol";

/// @notice Sky's converter between DAI and USDS, one to one.
library DaiUsds {
    function swap(address converter, address tokenIn, bool fromDai, uint256 wad) internal {
        TokenCalls.allow(tokenIn, converter, wad);
        if (fromDai) IDaiUsds(converter).daiToUsds(address(this), wad);
        else IDaiUsds(converter).usdsToDai(address(this), wad);
        TokenCalls.requireSpent(tokenIn, converter);
    }
}
