// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev What the converter needs of both coins; it must be a ward of them.
interface IConvertible {
    function mint(address to, uint256 amount) external;
    function burn(address from, uint256 amount) external;
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// @title Stand-in for Sky's DAI/USDS converter
/// @notice Sandbox only: one for one, without fee, cap or halt, as makerdao/usds src/DaiUsds.sol; it mints and burns
/// where that moves debt between joins of the vat. It returns nothing. Not Sky's bytecode.
contract DaiUsds {
    IConvertible public immutable dai;
    IConvertible public immutable usds;

    event DaiToUsds(address indexed caller, address indexed usr, uint256 wad);
    event UsdsToDai(address indexed caller, address indexed usr, uint256 wad);

    constructor(address dai_, address usds_) {
        (dai, usds) = (IConvertible(dai_), IConvertible(usds_));
    }

    function daiToUsds(address usr, uint256 wad) external {
        _convert(dai, usds, usr, wad);
        emit DaiToUsds(msg.sender, usr, wad);
    }

    function usdsToDai(address usr, uint256 wad) external {
        _convert(usds, dai, usr, wad);
        emit UsdsToDai(msg.sender, usr, wad);
    }

    function _convert(IConvertible from, IConvertible to, address usr, uint256 wad) private {
        require(from.transferFrom(msg.sender, address(this), wad));
        from.burn(address(this), wad);
        to.mint(usr, wad);
    }
}
