// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDaiUsds} from "../../interfaces/external/IDaiUsds.sol";
import {Tokens} from "../Tokens.sol";

/// @notice Sky's converter between DAI and USDS, one to one.
library DaiUsds {
    function swap(address converter, address tokenIn, bool fromDai, uint256 wad) internal {
        Tokens.allow(tokenIn, converter, wad);
        if (fromDai) IDaiUsds(converter).daiToUsds(address(this), wad);
        else IDaiUsds(converter).usdsToDai(address(this), wad);
        Tokens.requireSpent(tokenIn, converter);
    }
}
