// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../interfaces/IDepegExecutor.sol";

/// @notice Who may call back, and with which bytes: one word of transient storage, set just before the outside call.
/// @dev The word is caller (160 bits), an armed bit, and 95 bits of the hash of the context. The armed bit makes it
/// non-zero for every caller and context. It is cleared on entry of the callback, before anything else is done.
library CallbackGuard {
    uint256 private constant SLOT = uint256(keccak256("repeg.CallbackGuard.expected"));
    uint256 private constant ARMED = 1 << 160;
    uint256 private constant CONTEXT_SHIFT = 161;

    function arm(address caller, bytes memory context) internal {
        _store(_word(caller, keccak256(context)));
    }

    function accept(bytes calldata context) internal {
        if (_load() != _word(msg.sender, keccak256(context))) revert IDepegExecutor.UnexpectedCallback(msg.sender);
        _store(0);
    }

    function requireConsumed() internal view {
        uint256 word = _load();
        if (word != 0) revert IDepegExecutor.CallbackMissing(address(uint160(word)));
    }

    function _word(address caller, bytes32 contextHash) private pure returns (uint256) {
        return uint256(uint160(caller)) | ARMED | uint256(contextHash) << CONTEXT_SHIFT;
    }

    function _load() private view returns (uint256 word) {
        uint256 slot = SLOT;
        assembly ("memory-safe") {
            word := tload(slot)
        }
    }

    function _store(uint256 word) private {
        uint256 slot = SLOT;
        assembly ("memory-safe") {
            tstore(slot, word)
        }
    }
}
