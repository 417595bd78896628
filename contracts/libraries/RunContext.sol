// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../interfaces/IDepegExecutor.sol";

/// @notice One word of transient storage: whether a plan runs, and who may call back with which bytes.
/// @dev Zero: nothing runs. RUNNING: nobody may call back. Otherwise caller (160 bits), an armed bit, and 95 bits of the
/// hash of the context: set just before the outside call, and cleared on entry of the callback before anything else.
library RunContext {
    uint256 private constant SLOT = 0;
    uint256 private constant RUNNING = 1;
    uint256 private constant ARMED = 1 << 160;

    /// @dev From here on nobody may call back. Where `expect` comes before any other outside call, it does as much.
    function begin() internal {
        _store(RUNNING);
    }

    function leave() internal {
        if (_load() != RUNNING) revert IDepegExecutor.CallbackMissing();
        _store(0);
    }

    function requireFree() internal view {
        if (_load() != 0) revert IDepegExecutor.AlreadyRunning();
    }

    function expect(address who, bytes memory context) internal {
        _store(_word(who, context));
    }

    function accept(bytes memory context) internal {
        if (_load() != _word(msg.sender, context)) revert IDepegExecutor.UnexpectedCallback(msg.sender);
        _store(RUNNING);
    }

    function requireReturned() internal view {
        if (_load() != RUNNING) revert IDepegExecutor.CallbackMissing();
    }

    function _word(address who, bytes memory context) private pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := or(or(who, ARMED), shl(161, keccak256(add(context, 32), mload(context))))
        }
    }

    function _load() private view returns (uint256 word) {
        assembly ("memory-safe") {
            word := tload(SLOT)
        }
    }

    function _store(uint256 word) private {
        assembly ("memory-safe") {
            tstore(SLOT, word)
        }
    }
}
