// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Flash-loan executor for stablecoin round trips
/// @notice Borrows one token, swaps it through a list of steps, repays, and sends what is left to the owner.
/// @dev Holds no balance and no allowance between transactions, so there is nothing in it to steal.
///
/// Roles, fixed at deployment:
/// - the operator runs plans, and can do nothing else: every token goes to a pool, to the lender or to the owner;
/// - the owner receives every profit in the transaction that made it, and may `sweep` what strangers sent here.
///   The owner must never approve this contract for any token.
///
/// Lenders, factories and the peg module are constants of Ethereum mainnet; nothing of the kind is taken from calldata.
/// A Curve pool is named by the operator: it gets one exact allowance, and pays what the balance shows, or the plan ends.
///
/// Assumptions about outsiders:
/// - tokens take no fee on transfer and do not rebase within a transaction. One that does makes a plan revert;
/// - tokens may return nothing (USDT), may forbid changing one non-zero allowance to another, and may be paused;
/// - a lender hands back the very bytes it was given, and calls back at most once per loan.
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

    /// @notice One swap of everything the step before it paid out; the first one swaps the loan.
    /// @param coinIn Position of `tokenIn` in the pool (Curve), 0 or 1 elsewhere and not read there.
    /// @param coinOut Position of `tokenOut` in the pool (Curve), 0 or 1 elsewhere and not read there.
    struct Step {
        Venue venue;
        address pool;
        address tokenIn;
        address tokenOut;
        uint8 coinIn;
        uint8 coinOut;
    }

    /// @notice A plan ran to its end.
    /// @param loanRaw Amount borrowed, in base units of `token`.
    /// @param profitRaw Amount sent to the owner after repaying loan and fee, in base units of `token`.
    event Executed(Lender indexed lender, address indexed token, uint256 loanRaw, uint256 profitRaw);

    /// @notice The owner took tokens that did not come from a plan.
    /// @param amountRaw Amount sent to the owner, in base units of `token`.
    event Swept(address indexed token, uint256 amountRaw);

    /// @notice Deployed on another chain than Ethereum mainnet, where the constants mean nothing.
    error WrongChain(uint256 chainId);

    /// @notice A role was given the zero address at deployment.
    error RoleMissing();

    /// @notice Only the operator may run a plan.
    error NotOperator(address caller);

    /// @notice Only the owner may sweep.
    error NotOwner(address caller);

    /// @notice A plan is running, and nothing else may start before it ends.
    error AlreadyRunning();

    /// @notice The plan came too late.
    /// @param blockNumber Block in which it ran.
    /// @param maxBlock Last block in which it was allowed to.
    error TooLate(uint256 blockNumber, uint256 maxBlock);

    /// @notice The plan has no step or no loan.
    error EmptyPlan();

    /// @notice The tokens of the steps do not chain from loan token to loan token.
    /// @param step Index of the step that does not fit the one before it; the number of steps if the end does not fit.
    error BrokenRoute(uint256 step, address expected, address found);

    /// @notice The pool is not the one that its factory made for these tokens, or not the peg module.
    error UnknownPool(address pool);

    /// @notice The peg module does not sell in this direction.
    error VenueHalted(address pool);

    /// @notice The pool ran out of liquidity before it took the whole input.
    /// @param missingRaw Part of the input it did not take, in base units of the step's `tokenIn`.
    error PartialFill(address pool, uint256 missingRaw);

    /// @notice The pool paid nothing for the input.
    /// @param step Index of the step.
    error NothingReceived(uint256 step);

    /// @notice A pool or lender left part of an exact allowance unused.
    /// @param leftRaw Unused part, in base units of `token`.
    error AllowanceLeft(address token, address spender, uint256 leftRaw);

    /// @notice A callback came from somebody that was not just called, or with other data than it was given.
    error UnexpectedCallback(address caller);

    /// @notice A flash loan for this contract was opened by somebody else.
    error UnexpectedInitiator(address initiator);

    /// @notice The lender or pool returned without calling back.
    error CallbackMissing(address expected);

    /// @notice The round trip ended `shortfallRaw` short of repaying the loan and making the profit asked for.
    /// @param shortfallRaw Missing amount, in base units of the loan token.
    error ProfitBelowMinimum(uint256 shortfallRaw);

    /// @notice The token returned false, or has no code.
    error TokenCallFailed(address token);

    /// @notice Receives every profit, and may sweep.
    function OWNER() external view returns (address);

    /// @notice Runs plans.
    function OPERATOR() external view returns (address);

    /// @notice Runs one plan: borrow, swap through every step, repay, send the profit to the owner.
    /// @dev Only the operator. Each step swaps what the step before it was measured to pay. Errors of tokens, pools and
    /// lenders come through unchanged. Tokens that were here before are neither used nor counted as profit.
    /// LitePSM sells USDC in whole base units: DAI that buys less than one unit goes to the owner at once, uncounted.
    /// @param loan What to borrow, and from whom.
    /// @param steps Swaps in order, from the loan token back to the loan token.
    /// @param minProfitRaw Least profit after repaying loan and fee, in base units of the loan token.
    /// @param maxBlock Last block in which the plan may run.
    /// @return profitRaw Profit sent to the owner, at least `minProfitRaw`.
    function execute(Loan calldata loan, Step[] calldata steps, uint256 minProfitRaw, uint256 maxBlock)
        external
        returns (uint256 profitRaw);

    /// @notice Sends the whole balance of `token`, which nobody meant to be here, to the owner.
    /// @dev Only the owner.
    /// @return amountRaw Amount sent, in base units of `token`.
    function sweep(address token) external returns (uint256 amountRaw);
}
