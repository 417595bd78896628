// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Makes one call of the test's choice in the middle of something else, and passes on how it fails.
abstract contract Hooked {
    address internal hookTarget;
    bytes internal hookData;

    function setHook(address target, bytes calldata data) external {
        (hookTarget, hookData) = (target, data);
    }

    function _runHook() internal {
        if (hookTarget == address(0)) return;
        (bool success, bytes memory answer) = hookTarget.call(hookData);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}
