// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SandboxToken} from "./SandboxToken.sol";

/// @title Stand-in for Aave's GHO
/// @notice Sandbox only: facilitators, buckets and error texts of aave/gho-core src/contracts/gho/GhoToken.sol; one owner
/// has the roles of that contract. Not Aave's bytecode.
contract GhoToken is SandboxToken {
    struct Facilitator {
        uint128 bucketCapacity;
        uint128 bucketLevel;
        string label;
    }

    address public immutable owner;
    mapping(address => Facilitator) private facilitators;

    event FacilitatorBucketLevelUpdated(address indexed facilitator, uint256 oldLevel, uint256 newLevel);

    constructor(address owner_) SandboxToken("Gho Token", "GHO") {
        owner = owner_;
    }

    function addFacilitator(address facilitator, string calldata label, uint128 bucketCapacity) external {
        require(msg.sender == owner);
        require(bytes(facilitators[facilitator].label).length == 0, "FACILITATOR_ALREADY_EXISTS");
        require(bytes(label).length > 0, "INVALID_LABEL");
        facilitators[facilitator] = Facilitator(bucketCapacity, 0, label);
    }

    function setFacilitatorBucketCapacity(address facilitator, uint128 newCapacity) external {
        require(msg.sender == owner);
        require(bytes(facilitators[facilitator].label).length > 0, "FACILITATOR_DOES_NOT_EXIST");
        facilitators[facilitator].bucketCapacity = newCapacity;
    }

    /// @notice Only a facilitator, up to the capacity of its bucket.
    function mint(address account, uint256 amount) external {
        require(amount > 0, "INVALID_MINT_AMOUNT");
        Facilitator storage facilitator = facilitators[msg.sender];
        uint256 newLevel = facilitator.bucketLevel + amount;
        require(facilitator.bucketCapacity >= newLevel, "FACILITATOR_BUCKET_CAPACITY_EXCEEDED");
        _setLevel(facilitator, newLevel);
        _mint(account, amount);
    }

    /// @notice Burns the caller's own, and frees its bucket.
    function burn(uint256 amount) external {
        require(amount > 0, "INVALID_BURN_AMOUNT");
        Facilitator storage facilitator = facilitators[msg.sender];
        _setLevel(facilitator, facilitator.bucketLevel - amount);
        _burn(msg.sender, amount);
    }

    function getFacilitator(address facilitator) external view returns (Facilitator memory) {
        return facilitators[facilitator];
    }

    function getFacilitatorBucket(address facilitator) external view returns (uint256 capacity, uint256 level) {
        return (facilitators[facilitator].bucketCapacity, facilitators[facilitator].bucketLevel);
    }

    function _setLevel(Facilitator storage facilitator, uint256 newLevel) private {
        emit FacilitatorBucketLevelUpdated(msg.sender, facilitator.bucketLevel, newLevel);
        facilitator.bucketLevel = uint128(newLevel);
    }
}
