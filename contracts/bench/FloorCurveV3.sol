// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICurve, IPool} from "./Bench.sol";
import {Floor} from "./Floor.sol";

/// @notice Curve to V3 without a lender: the V3 pool pays first.
contract FloorCurveV3 is Floor {
    constructor(Route memory r) Floor(r) {}

    function go() external override {
        IPool(LAST).swap(address(this), !ZERO, int256(MIDDLE), _limit(!ZERO), "");
        _send(T, TREASURY, PROFIT);
    }

    function uniswapV3SwapCallback(int256, int256, bytes calldata) external {
        _allow(T, FIRST, IN);
        ICurve(FIRST).exchange(COIN_IN, COIN_OUT, IN, 0);
        _send(M, LAST, MIDDLE);
    }
}
