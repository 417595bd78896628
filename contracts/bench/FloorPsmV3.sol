// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPool, IPsm} from "./Bench.sol";
import {Floor} from "./Floor.sol";

/// @notice LitePSM to V3: the V3 pool pays first, the module pays it.
contract FloorPsmV3 is Floor {
    constructor(Route memory r) Floor(r) {}

    function go() external override {
        IPool(LAST).swap(address(this), !ZERO, int256(MIDDLE), _limit(!ZERO), "");
        _send(T, TREASURY, PROFIT);
    }

    function uniswapV3SwapCallback(int256, int256, bytes calldata) external {
        _allow(T, FIRST, IN);
        IPsm(FIRST).sellGem(LAST, IN);
    }
}
