// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Sky's converter between DAI and USDS.
interface IDaiUsds {
    function daiToUsds(address to, uint256 wad) external;
    function usdsToDai(address to, uint256 wad) external;
}
