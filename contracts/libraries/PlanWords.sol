// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice The fields of a plan's words, as `IDepegExecutor` lays them out.
library PlanWords {
    uint256 internal constant LOAN = 128; // kinds from here on are lenders
    uint256 internal constant FLASH_SWAP = LOAN + 7; // and from here on such as take tokenOut and are paid tokenIn

    function bytesOf(uint256 words) internal pure returns (uint256) {
        return words << 5;
    }

    // Steps

    function kind(uint256 step) internal pure returns (uint256) {
        return step & 0xff;
    }

    function tokenIn(uint256 step) internal pure returns (uint256 index) {
        return (step >> 8) & 0xff;
    }

    function tokenOut(uint256 step) internal pure returns (uint256 index) {
        return (step >> 16) & 0xff;
    }

    function feePips(uint256 step) internal pure returns (uint256) {
        return (step >> 24) & 0xffffff;
    }

    function x(uint256 step) internal pure returns (uint256) {
        return (step >> 24) & 0xff;
    }

    function y(uint256 step) internal pure returns (uint256) {
        return (step >> 32) & 0xff;
    }

    function z(uint256 step) internal pure returns (uint256) {
        return (step >> 40) & 0xff;
    }

    function tickSpacing(uint256 step) internal pure returns (int24) {
        return int24(uint24(step >> 48));
    }

    function amountMode(uint256 step) internal pure returns (uint256) {
        return (step >> 72) & 0xff;
    }

    function amount(uint256 step) internal pure returns (uint256) {
        return step >> 128;
    }

    // Head

    function mode(uint256 head) internal pure returns (uint256) {
        return head & 0xff;
    }

    function token(uint256 head) internal pure returns (uint256 index) {
        return (head >> 8) & 0xff;
    }

    function tipWords(uint256 head) internal pure returns (uint256) {
        return (head >> 16) & 0xff;
    }

    function maxBlock(uint256 head) internal pure returns (uint256) {
        return (head >> 32) & 0xffffffff;
    }

    function parent(uint256 head) internal pure returns (uint256 hashLow64) {
        return (head >> 64) & 0xffffffffffffffff;
    }

    function minProfitRaw(uint256 head) internal pure returns (uint256) {
        return head >> 128;
    }

    // Tip

    function shareBps(uint256 tip) internal pure returns (uint256) {
        return tip & 0xffff;
    }

    function capWei(uint256 tip) internal pure returns (uint256) {
        return tip >> 128;
    }
}
