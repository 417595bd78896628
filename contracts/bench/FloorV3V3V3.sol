// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPool} from "./Bench.sol";
import {Floor} from "./Floor.sol";

/// @notice Three V3 pools: each is paid by the one before it. The one in the middle sells M for the third token.
contract FloorV3V3V3 is Floor {
    constructor(Route memory r) Floor(r) {}

    function go() external override {
        bool zero = THIRD < T;
        IPool(LAST).swap(address(this), zero, int256(MIDDLE), _limit(zero), "");
        _send(T, TREASURY, PROFIT);
    }

    function uniswapV3SwapCallback(int256, int256, bytes calldata) external {
        if (msg.sender == LAST) {
            IPool(SECOND).swap(LAST, M < THIRD, -int256(MIDDLE), _limit(M < THIRD), "");
        } else if (msg.sender == SECOND) {
            IPool(FIRST).swap(SECOND, ZERO, -int256(SHARE), _limit(ZERO), "");
        } else {
            _send(T, FIRST, IN);
        }
    }
}
