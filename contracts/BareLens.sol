// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ManyReads} from "./lens/ManyReads.sol";

/// @title Reads what contracts tell of themselves, many in one call
/// @notice `PoolLens` without views of its own: its code, which travels with each call, is a fiftieth as long.
contract BareLens is ManyReads {}
