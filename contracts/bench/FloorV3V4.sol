// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPool} from "./Bench.sol";
import {Floor} from "./Floor.sol";

/// @notice V3 to V4 with the ledger as bank: V3 pays the PoolManager, which pays V3 and the treasury.
contract FloorV3V4 is Floor {
    constructor(Route memory r) Floor(r) {}

    function go() external override {
        MANAGER.unlock("");
    }

    function unlockCallback(bytes calldata) external returns (bytes memory) {
        _v4(!ZERO, FEE_LAST, SPACING_LAST, MIDDLE);
        MANAGER.sync(M);
        IPool(FIRST).swap(address(MANAGER), ZERO, int256(IN), _limit(ZERO), "");
        MANAGER.take(T, TREASURY, PROFIT);
        return "";
    }

    function uniswapV3SwapCallback(int256, int256, bytes calldata) external {
        MANAGER.settle();
        MANAGER.take(T, FIRST, IN);
    }
}
