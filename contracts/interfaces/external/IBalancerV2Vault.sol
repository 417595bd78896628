// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Balancer V2: wants loan and fee sent back within `receiveFlashLoan`.
interface IBalancerV2Vault {
    function flashLoan(address recipient, address[] calldata tokens, uint256[] calldata amountsRaw, bytes calldata data)
        external;
}
