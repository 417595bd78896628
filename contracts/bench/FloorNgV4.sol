// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICurveNg} from "./Bench.sol";
import {Floor} from "./Floor.sol";

/// @notice StableSwap-NG to V4 with the ledger as bank: it pays NG before the call, and NG pays it.
contract FloorNgV4 is Floor {
    constructor(Route memory r) Floor(r) {}

    function go() external override {
        MANAGER.unlock("");
    }

    function unlockCallback(bytes calldata) external returns (bytes memory) {
        _v4(!ZERO, FEE_LAST, SPACING_LAST, MIDDLE);
        MANAGER.take(T, FIRST, IN);
        MANAGER.sync(M);
        ICurveNg(FIRST).exchange_received(COIN_IN, COIN_OUT, IN, 0, address(MANAGER));
        MANAGER.settle();
        MANAGER.take(T, TREASURY, PROFIT);
        return "";
    }
}
