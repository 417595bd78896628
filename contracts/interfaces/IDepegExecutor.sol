// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Flash-loan executor for stablecoin round trips
/// @notice Borrows one token, swaps it through `steps`, repays, and sends what is left to the owner.
/// @dev Holds no balance and no allowance between transactions. Lenders are constants of Ethereum mainnet.
interface IDepegExecutor {
    /// @notice Flash lenders. Append only: the numbers are part of the calldata.
    enum Lender {
        AaveV3,
        BalancerV2,
        Morpho
    }

    /// @notice Kinds of pool. Append only: the numbers are part of the calldata.
    enum Venue {
        Curve,
        UniswapV2,
        UniswapV3,
        LitePsm
    }

    /// @notice What is borrowed, and from whom.
    /// @param amountRaw Loan in base units of `token`.
    struct Loan {
        Lender lender;
        address token;
        uint256 amountRaw;
    }

    /// @notice One swap of everything the step before it paid out.
    /// @param coinIn Position of `tokenIn` in the pool (Curve), 0 or 1 elsewhere.
    /// @param coinOut Position of `tokenOut` in the pool (Curve), 0 or 1 elsewhere.
    struct Step {
        Venue venue;
        address pool;
        address tokenIn;
        address tokenOut;
        uint8 coinIn;
        uint8 coinOut;
    }

    /// @notice Runs one plan.
    /// @dev Only the operator.
    /// @param minProfitRaw Least profit after repaying loan and fee, in base units of the loan token.
    /// @param maxBlock Last block in which the plan may run.
    /// @return profitRaw Profit sent to the owner, at least `minProfitRaw`.
    function execute(Loan calldata loan, Step[] calldata steps, uint256 minProfitRaw, uint256 maxBlock)
        external
        returns (uint256 profitRaw);
}
