// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Morpho Blue: lends free of charge, pulls the loan by allowance after `onMorphoFlashLoan`.
interface IMorphoBlue {
    function flashLoan(address token, uint256 amountRaw, bytes calldata data) external;
}
