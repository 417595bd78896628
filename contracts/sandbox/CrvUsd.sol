// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SandboxToken} from "./SandboxToken.sol";

/// @title Stand-in for crvUSD
/// @notice Sandbox only: the token of curvefi/curve-stablecoin Stablecoin.vy; it refuses itself and nobody as receiver.
/// Permits and the two functions that change an allowance by a difference are missing. Not Curve's bytecode.
contract CrvUsd is SandboxToken {
    address public minter;

    event SetMinter(address indexed minter);

    constructor(address minter_) SandboxToken("Curve.Fi USD Stablecoin", "crvUSD") {
        minter = minter_;
        emit SetMinter(minter_);
    }

    function mint(address to, uint256 value) external returns (bool) {
        require(msg.sender == minter);
        _mint(to, value);
        return true;
    }

    function burn(uint256 value) external returns (bool) {
        _burn(msg.sender, value);
        return true;
    }

    function burnFrom(address from, uint256 value) external returns (bool) {
        _spend(from, value);
        _burn(from, value);
        return true;
    }

    // forge-lint: disable-next-line(mixed-case-function)
    function set_minter(address newMinter) external {
        require(msg.sender == minter);
        minter = newMinter;
        emit SetMinter(newMinter);
    }

    function _checkReceiver(address to) internal view override {
        require(to != address(0) && to != address(this));
    }
}
