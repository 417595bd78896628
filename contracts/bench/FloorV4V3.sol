// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPool} from "./Bench.sol";
import {Floor} from "./Floor.sol";

/// @notice V4 to V3 with the ledger as bank: V3 pays the PoolManager, which pays V3 and the treasury.
contract FloorV4V3 is Floor {
    constructor(Route memory r) Floor(r) {}

    function go() external override {
        MANAGER.unlock("");
    }

    function unlockCallback(bytes calldata) external returns (bytes memory) {
        MANAGER.sync(T);
        IPool(LAST).swap(address(MANAGER), !ZERO, int256(MIDDLE), _limit(!ZERO), "");
        MANAGER.settle();
        MANAGER.take(T, TREASURY, PROFIT);
        return "";
    }

    function uniswapV3SwapCallback(int256, int256, bytes calldata) external {
        _v4(ZERO, FEE_FIRST, SPACING_FIRST, IN);
        MANAGER.take(M, LAST, MIDDLE);
    }
}
