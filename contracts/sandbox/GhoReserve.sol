// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISandboxCoin} from "./SandboxTransfers.sol";

/// @title Stand-in for Aave's GHO reserve
/// @notice Sandbox only: lends GHO to the stability modules, each up to its limit, with the error texts of aave/gho-core
/// src/contracts/facilitators/gsm/GhoReserve.sol. Not Aave's bytecode.
contract GhoReserve {
    struct Usage {
        uint128 limit;
        uint128 used;
    }

    // forge-lint: disable-next-line(screaming-snake-case-immutable)
    address public immutable owner;
    ISandboxCoin public immutable GHO_TOKEN;
    mapping(address => Usage) private usages;

    event GhoUsed(address indexed entity, uint256 amount);
    event GhoRestored(address indexed entity, uint256 amount);

    constructor(address owner_, address gho) {
        (owner, GHO_TOKEN) = (owner_, ISandboxCoin(gho));
    }

    function use(uint256 amount) external {
        Usage storage usage = usages[msg.sender];
        require(usage.limit >= usage.used + amount, "LIMIT_REACHED");
        usage.used += uint128(amount);
        require(GHO_TOKEN.transfer(msg.sender, amount));
        emit GhoUsed(msg.sender, amount);
    }

    function restore(uint256 amount) external {
        usages[msg.sender].used -= uint128(amount);
        require(GHO_TOKEN.transferFrom(msg.sender, address(this), amount));
        emit GhoRestored(msg.sender, amount);
    }

    function setLimit(address entity, uint256 limit) external {
        require(msg.sender == owner);
        usages[entity].limit = uint128(limit);
    }

    function getUsed(address entity) external view returns (uint256) {
        return usages[entity].used;
    }

    function getUsage(address entity) external view returns (uint256, uint256) {
        return (usages[entity].limit, usages[entity].used);
    }

    function getLimit(address entity) external view returns (uint256) {
        return usages[entity].limit;
    }
}
