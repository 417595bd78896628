// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Balancer V2: wants loan and fee sent back within `receiveFlashLoan`.
interface IBalancerV2Vault {
    function flashLoan(address recipient, address[] calldata tokens, uint256[] calldata amountsRaw, bytes calldata data)
        external;

    /// @param kind 0: `amount` is the input.
    struct SingleSwap {
        bytes32 poolId;
        uint8 kind;
        address assetIn;
        address assetOut;
        uint256 amount;
        bytes userData;
    }

    struct BatchSwapStep {
        bytes32 poolId;
        uint256 assetInIndex;
        uint256 assetOutIndex;
        uint256 amount;
        bytes userData;
    }

    struct FundManagement {
        address sender;
        bool fromInternalBalance;
        address payable recipient;
        bool toInternalBalance;
    }

    function swap(SingleSwap calldata singleSwap, FundManagement calldata funds, uint256 limit, uint256 deadline)
        external
        payable
        returns (uint256 amountRaw);

    function batchSwap(
        uint8 kind,
        BatchSwapStep[] calldata swaps,
        address[] calldata assets,
        FundManagement calldata funds,
        int256[] calldata limits,
        uint256 deadline
    ) external payable returns (int256[] memory deltas);
}
