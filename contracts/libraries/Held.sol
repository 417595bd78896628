// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What the run holds, in transient storage: per token of the list, and what a pulled route has paid.
/// @dev Every way through a run ends with all of it at zero, or is overwritten before it is read.
library Held {
    uint256 private constant PAID_SLOT = 1;
    uint256 private constant FIRST_TOKEN_SLOT = 256;

    /// @dev In base units of token `index`.
    function amount(uint256 index) internal view returns (uint256 amountRaw) {
        assembly ("memory-safe") {
            amountRaw := tload(add(FIRST_TOKEN_SLOT, index))
        }
    }

    function set(uint256 index, uint256 amountRaw) internal {
        assembly ("memory-safe") {
            tstore(add(FIRST_TOKEN_SLOT, index), amountRaw)
        }
    }

    function add(uint256 index, uint256 amountRaw) internal {
        set(index, amount(index) + amountRaw);
    }

    /// @dev Base units of the loan token that the first leg of a pulled route was paid; its profit at the end.
    function paid() internal view returns (uint256 amountRaw) {
        assembly ("memory-safe") {
            amountRaw := tload(PAID_SLOT)
        }
    }

    function setPaid(uint256 amountRaw) internal {
        assembly ("memory-safe") {
            tstore(PAID_SLOT, amountRaw)
        }
    }
}
