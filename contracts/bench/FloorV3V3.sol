// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPool} from "./Bench.sol";
import {Floor} from "./Floor.sol";

/// @notice V3 to V3: the last pool pays first, the first one pays it.
contract FloorV3V3 is Floor {
    constructor(Route memory r) Floor(r) {}

    function go() external override {
        IPool(LAST).swap(address(this), !ZERO, int256(MIDDLE), _limit(!ZERO), "");
        _send(T, TREASURY, PROFIT);
    }

    function uniswapV3SwapCallback(int256, int256, bytes calldata) external {
        if (msg.sender == LAST) IPool(FIRST).swap(LAST, ZERO, -int256(MIDDLE), _limit(ZERO), "");
        else _send(T, FIRST, IN);
    }
}
