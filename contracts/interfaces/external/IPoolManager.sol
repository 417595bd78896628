// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Uniswap V4: swaps change a ledger that must be settled before `unlock` returns.
interface IPoolManager {
    struct PoolKey {
        address currency0;
        address currency1;
        uint24 fee;
        int24 tickSpacing;
        address hooks;
    }

    /// @param amountSpecified Exact input if negative.
    struct SwapParams {
        bool zeroForOne;
        int256 amountSpecified;
        uint160 sqrtPriceLimitX96;
    }

    function unlock(bytes calldata data) external returns (bytes memory);
    /// @return delta amount0 in the high half, amount1 in the low one; negative: owed by the caller.
    function swap(PoolKey calldata key, SwapParams calldata params, bytes calldata hookData)
        external
        returns (int256 delta);
    function take(address currency, address to, uint256 amountRaw) external;
    function sync(address currency) external;
    function settle() external payable returns (uint256 paidRaw);
}
