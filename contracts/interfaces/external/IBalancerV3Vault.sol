// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Balancer V3: calls its caller back with `data` as calldata, and wants the books even at the end.
interface IBalancerV3Vault {
    function unlock(bytes calldata data) external returns (bytes memory);
    function sendTo(address token, address to, uint256 amountRaw) external;
    function settle(address token, uint256 amountHintRaw) external returns (uint256 creditRaw);
}
