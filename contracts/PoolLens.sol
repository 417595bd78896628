// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BalancerViews} from "./lens/BalancerViews.sol";
import {CurveViews} from "./lens/CurveViews.sol";
import {RailViews} from "./lens/RailViews.sol";
import {UniswapViews} from "./lens/UniswapViews.sol";
import {VaultViews} from "./lens/VaultViews.sol";

/// @title Reads the states of many pools in one call
/// @notice Never deployed: an `eth_call` with a state override puts its runtime code at an unused address.
/// @dev Stateless and without immutables, so the runtime code works wherever it is put.
contract PoolLens is UniswapViews, CurveViews, BalancerViews, RailViews, VaultViews {
    /// @notice One view to call; the lens's own views are reached with `target` = the lens.
    struct Read {
        address target;
        bytes data;
    }

    /// @notice Runs every read, each with an equal share of the gas that is left.
    /// @return blockNumber Block whose state was read.
    /// @return timestamp Its time, in seconds since the epoch.
    /// @return results Raw return data in the order of `reads`; empty where the call failed or nobody answers.
    function read(Read[] calldata reads)
        external
        view
        returns (uint256 blockNumber, uint256 timestamp, bytes[] memory results)
    {
        results = new bytes[](reads.length);
        for (uint256 at = 0; at < reads.length; ++at) {
            uint256 share = gasleft() / (reads.length - at);
            (bool success, bytes memory answer) = reads[at].target.staticcall{gas: share}(reads[at].data);
            if (success) results[at] = answer; // no code: success, and an empty answer
        }
        return (block.number, block.timestamp, results);
    }

    /// @notice Hash of a contract's code: zero where nobody ever was.
    function codeHash(address target) external view returns (bytes32) {
        return target.codehash;
    }
}
