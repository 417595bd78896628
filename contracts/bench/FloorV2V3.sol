// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPair, IPool} from "./Bench.sol";
import {Floor} from "./Floor.sol";

/// @notice V2 to V3: the V3 pool pays first, the pair pays it.
contract FloorV2V3 is Floor {
    constructor(Route memory r) Floor(r) {}

    function go() external override {
        IPool(LAST).swap(address(this), !ZERO, int256(MIDDLE), _limit(!ZERO), "");
        _send(T, TREASURY, PROFIT);
    }

    function uniswapV3SwapCallback(int256, int256, bytes calldata) external {
        _send(T, FIRST, IN);
        IPair(FIRST).swap(ZERO ? 0 : MIDDLE, ZERO ? MIDDLE : 0, LAST, "");
    }
}
