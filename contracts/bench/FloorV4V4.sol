// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Floor} from "./Floor.sol";

/// @notice V4 to V4 inside the ledger: the only transfer is the profit.
contract FloorV4V4 is Floor {
    constructor(Route memory r) Floor(r) {}

    function go() external override {
        MANAGER.unlock("");
    }

    function unlockCallback(bytes calldata) external returns (bytes memory) {
        _v4(ZERO, FEE_FIRST, SPACING_FIRST, IN);
        _v4(!ZERO, FEE_LAST, SPACING_LAST, MIDDLE);
        MANAGER.take(T, TREASURY, PROFIT);
        return "";
    }
}
