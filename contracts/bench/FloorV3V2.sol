// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPair, IPool} from "./Bench.sol";
import {Floor} from "./Floor.sol";

/// @notice V3 to V2: the V3 pool pays the pair, which pays in its callback.
contract FloorV3V2 is Floor {
    constructor(Route memory r) Floor(r) {}

    function go() external override {
        IPool(FIRST).swap(LAST, ZERO, int256(IN), _limit(ZERO), "");
        _send(T, TREASURY, PROFIT);
    }

    function uniswapV3SwapCallback(int256, int256, bytes calldata) external {
        IPair(LAST).swap(ZERO ? OUT : 0, ZERO ? 0 : OUT, address(this), "");
        _send(T, FIRST, IN);
    }
}
