// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Aave V3: pulls loan and premium by allowance after `executeOperation`.
interface IAaveV3Pool {
    function flashLoanSimple(
        address receiver,
        address asset,
        uint256 amountRaw,
        bytes calldata params,
        uint16 referralCode
    ) external;
}
