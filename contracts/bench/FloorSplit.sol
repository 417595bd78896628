// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPair, IPool} from "./Bench.sol";
import {Floor} from "./Floor.sol";

/// @notice T into a V3 pool and a V2 pair, both outputs into another V3 pool, which pays first.
contract FloorSplit is Floor {
    constructor(Route memory r) Floor(r) {}

    function go() external override {
        IPool(LAST).swap(address(this), !ZERO, int256(MIDDLE), _limit(!ZERO), "");
        _send(T, TREASURY, PROFIT);
    }

    function uniswapV3SwapCallback(int256, int256, bytes calldata) external {
        if (msg.sender != LAST) {
            _send(T, FIRST, IN / 2);
            return;
        }
        IPool(FIRST).swap(address(this), ZERO, int256(IN / 2), _limit(ZERO), "");
        _send(T, SECOND, IN / 2);
        IPair(SECOND).swap(ZERO ? 0 : SHARE, ZERO ? SHARE : 0, address(this), "");
        _send(M, LAST, MIDDLE);
    }
}
