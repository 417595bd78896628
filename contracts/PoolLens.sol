// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BalancerViews} from "./lens/BalancerViews.sol";
import {CurveViews} from "./lens/CurveViews.sol";
import {ManyReads} from "./lens/ManyReads.sol";
import {RailViews} from "./lens/RailViews.sol";
import {UniswapViews} from "./lens/UniswapViews.sol";
import {VaultViews} from "./lens/VaultViews.sol";

/// @title Reads the states of many pools in one call
/// @notice Never deployed: an `eth_call` with a state override puts its runtime code at an unused address.
/// @dev Its own views are reached with `target` = the lens.
contract PoolLens is ManyReads, UniswapViews, CurveViews, BalancerViews, RailViews, VaultViews {
    /// @notice Hash of a contract's code: zero where nobody ever was.
    function codeHash(address target) external view returns (bytes32) {
        return target.codehash;
    }
}
