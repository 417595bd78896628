// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice What pools and lenders call on the executor.
interface IExecutorCallbacks {
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata context) external;
    function executeOperation(
        address asset,
        uint256 amountRaw,
        uint256 feeRaw,
        address initiator,
        bytes calldata context
    ) external returns (bool);
    function onMorphoFlashLoan(uint256 amountRaw, bytes calldata context) external;
    function receiveFlashLoan(
        address[] calldata tokens,
        uint256[] calldata amountsRaw,
        uint256[] calldata feesRaw,
        bytes calldata context
    ) external;
}
