// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISandboxCoin} from "./SandboxTransfers.sol";

/// @title Stand-in for the adapter that holds the gems of Maker's first peg stability module
/// @notice Sandbox only: makerdao/dss-psm src/join-5-auth.sol; it counts gems itself because there is no vat.
/// Not Maker's bytecode.
contract AuthGemJoin {
    // forge-lint: disable-next-line(screaming-snake-case-immutable)
    ISandboxCoin public immutable gem;
    // forge-lint: disable-next-line(screaming-snake-case-immutable)
    uint256 public immutable dec;
    uint256 public live = 1;
    mapping(address => uint256) public wards;
    mapping(address => uint256) private gems;

    modifier auth() {
        require(wards[msg.sender] == 1);
        _;
    }

    constructor(address gem_, address ward) {
        gem = ISandboxCoin(gem_);
        dec = gem.decimals();
        require(dec < 18, "GemJoin5/decimals-18-or-higher");
        wards[ward] = 1;
    }

    function rely(address usr) external auth {
        wards[usr] = 1;
    }

    /// @notice Stops what comes in for good; what is in can leave.
    function cage() external auth {
        live = 0;
    }

    function join(address urn, uint256 wad, address from) external auth {
        require(live == 1, "GemJoin5/not-live");
        gems[urn] += wad;
        require(gem.transferFrom(from, address(this), wad), "GemJoin5/failed-transfer");
    }

    function exit(address guy, uint256 wad) external {
        gems[msg.sender] -= wad;
        require(gem.transfer(guy, wad), "GemJoin5/failed-transfer");
    }
}
