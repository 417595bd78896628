// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../interfaces/IDepegExecutor.sol";

/// @notice One run at a time: a bit of transient storage.
library RunLock {
    uint256 private constant SLOT = uint256(keccak256("repeg.RunLock.running"));

    function enter() internal {
        requireFree();
        _store(1);
    }

    function leave() internal {
        _store(0);
    }

    function requireFree() internal view {
        uint256 slot = SLOT;
        uint256 running;
        assembly ("memory-safe") {
            running := tload(slot)
        }
        if (running != 0) revert IDepegExecutor.AlreadyRunning();
    }

    function _store(uint256 value) private {
        uint256 slot = SLOT;
        assembly ("memory-safe") {
            tstore(slot, value)
        }
    }
}
