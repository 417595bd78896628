// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SandboxToken} from "./SandboxToken.sol";

/// @title Stand-in for Sky's USDS
/// @notice Sandbox only: the token of makerdao/usds src/Usds.sol with its error texts, without its proxy and permits.
/// Not Sky's bytecode.
contract Usds is SandboxToken {
    mapping(address => uint256) public wards;

    modifier auth() {
        require(wards[msg.sender] == 1, "Usds/not-authorized");
        _;
    }

    constructor(address ward) SandboxToken("USDS Stablecoin", "USDS") {
        wards[ward] = 1;
    }

    function rely(address usr) external auth {
        wards[usr] = 1;
    }

    function deny(address usr) external auth {
        wards[usr] = 0;
    }

    function mint(address to, uint256 value) external auth {
        _mint(to, value);
    }

    function burn(address from, uint256 value) external {
        _spend(from, value);
        _burn(from, value);
    }

    function _checkReceiver(address to) internal view override {
        require(to != address(0) && to != address(this), "Usds/invalid-address");
    }

    function _shortOfBalance() internal pure override returns (string memory) {
        return "Usds/insufficient-balance";
    }

    function _shortOfAllowance() internal pure override returns (string memory) {
        return "Usds/insufficient-allowance";
    }

    function _ownerNeedsNoAllowance() internal pure override returns (bool) {
        return true;
    }
}
