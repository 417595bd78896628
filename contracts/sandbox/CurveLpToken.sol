// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SandboxToken} from "./SandboxToken.sol";

/// @title Stand-in for the share token of a classic Curve pool
/// @notice Sandbox only: after curvefi/curve-contract CurveToken V2; the pool mints, and burns without allowance.
/// Not Curve's bytecode.
contract CurveLpToken is SandboxToken {
    address public minter;

    modifier onlyMinter() {
        require(msg.sender == minter);
        _;
    }

    constructor(string memory name_, string memory symbol_, address minter_) SandboxToken(name_, symbol_) {
        minter = minter_;
    }

    function mint(address to, uint256 value) external onlyMinter returns (bool) {
        _mint(to, value);
        return true;
    }

    function burnFrom(address from, uint256 value) external onlyMinter returns (bool) {
        _burn(from, value);
        return true;
    }
}
