// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Questions to contracts that may not know them.
library Views {
    /// @return known Whether the contract answered with one word at least.
    /// @return value The first word of the answer.
    function word(address target, bytes memory question) internal view returns (bool known, uint256 value) {
        (bool success, bytes memory answer) = target.staticcall(question);
        known = success && answer.length >= 32;
        if (known) value = at(answer, 0);
    }

    /// @return value The first word of the answer, `otherwise` where there is none.
    function wordOr(address target, bytes memory question, uint256 otherwise) internal view returns (uint256 value) {
        bool known;
        (known, value) = word(target, question);
        if (!known) value = otherwise;
    }

    /// @return value Word number `index` of `answer`, which must be that long.
    function at(bytes memory answer, uint256 index) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(answer, mul(32, add(index, 1))))
        }
    }

    function least(uint256 one, uint256 other) internal pure returns (uint256) {
        return one < other ? one : other;
    }
}
