// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "./interfaces/IDepegExecutor.sol";
import {AaveV3} from "./libraries/AaveV3.sol";
import {BalancerV2} from "./libraries/BalancerV2.sol";
import {CallbackGuard} from "./libraries/CallbackGuard.sol";
import {CurveVenue} from "./libraries/CurveVenue.sol";
import {LitePsmVenue} from "./libraries/LitePsmVenue.sol";
import {Morpho} from "./libraries/Morpho.sol";
import {RunLock} from "./libraries/RunLock.sol";
import {Tokens} from "./libraries/Tokens.sol";
import {UniswapV2Venue} from "./libraries/UniswapV2Venue.sol";
import {UniswapV3Venue} from "./libraries/UniswapV3Venue.sol";

/// @title Flash-loan executor for stablecoin round trips
/// @dev The manual is `IDepegExecutor`.
contract DepegExecutor is IDepegExecutor {
    /// @dev What a lender carries from `execute` to its callback.
    struct Run {
        Loan loan;
        uint256 minProfitRaw;
        Step[] steps;
    }

    uint256 private constant MAINNET = 1;

    /// @inheritdoc IDepegExecutor
    address public immutable OWNER;
    /// @inheritdoc IDepegExecutor
    address public immutable OPERATOR;

    constructor(address owner, address operator) {
        if (block.chainid != MAINNET) revert WrongChain(block.chainid);
        if (owner == address(0) || operator == address(0)) revert RoleMissing();
        (OWNER, OPERATOR) = (owner, operator);
    }

    /// @inheritdoc IDepegExecutor
    function execute(Loan calldata loan, Step[] calldata steps, uint256 minProfitRaw, uint256 maxBlock)
        external
        returns (uint256 profitRaw)
    {
        if (msg.sender != OPERATOR) revert NotOperator(msg.sender);
        if (block.number > maxBlock) revert TooLate(block.number, maxBlock);
        _requireRoundTrip(loan, steps);
        RunLock.enter();
        uint256 before = Tokens.balance(loan.token);
        _borrow(loan, abi.encode(Run({loan: loan, minProfitRaw: minProfitRaw, steps: steps})));
        profitRaw = _profit(loan.token, before, minProfitRaw);
        Tokens.send(loan.token, OWNER, profitRaw);
        RunLock.leave();
        emit Executed({lender: loan.lender, token: loan.token, loanRaw: loan.amountRaw, profitRaw: profitRaw});
    }

    /// @inheritdoc IDepegExecutor
    function sweep(address token) external returns (uint256 amountRaw) {
        if (msg.sender != OWNER) revert NotOwner(msg.sender);
        RunLock.requireFree();
        amountRaw = Tokens.balance(token);
        Tokens.send(token, OWNER, amountRaw);
        emit Swept(token, amountRaw);
    }

    /// @notice Aave V3 has sent the loan.
    function executeOperation(address, uint256 amountRaw, uint256 feeRaw, address initiator, bytes calldata context)
        external
        returns (bool)
    {
        CallbackGuard.accept(context);
        if (initiator != address(this)) revert UnexpectedInitiator(initiator);
        AaveV3.repay(_earn(context, amountRaw + feeRaw), amountRaw + feeRaw);
        return true;
    }

    /// @notice Balancer V2 has sent the loan.
    function receiveFlashLoan(
        address[] calldata,
        uint256[] calldata amountsRaw,
        uint256[] calldata feesRaw,
        bytes calldata context
    ) external {
        CallbackGuard.accept(context);
        uint256 dueRaw = amountsRaw[0] + feesRaw[0];
        BalancerV2.repay(_earn(context, dueRaw), dueRaw);
    }

    /// @notice Morpho has sent the loan.
    function onMorphoFlashLoan(uint256 amountRaw, bytes calldata context) external {
        CallbackGuard.accept(context);
        Morpho.repay(_earn(context, amountRaw), amountRaw);
    }

    /// @notice A Uniswap V3 pool has paid and wants its input.
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata context) external {
        UniswapV3Venue.pay(amount0, amount1, context);
    }

    function _borrow(Loan calldata loan, bytes memory context) private {
        if (loan.lender == Lender.AaveV3) AaveV3.borrow(loan.token, loan.amountRaw, context);
        else if (loan.lender == Lender.BalancerV2) BalancerV2.borrow(loan.token, loan.amountRaw, context);
        else Morpho.borrow(loan.token, loan.amountRaw, context);
    }

    /// @dev With the loan in hand: runs the steps. Returns the loan token, of which the last step paid `dueRaw` and the
    /// profit asked for; so tokens that were here before never help to repay.
    function _earn(bytes calldata context, uint256 dueRaw) private returns (address token) {
        Run memory run = abi.decode(context, (Run));
        uint256 amountRaw = run.loan.amountRaw;
        for (uint256 at = 0; at < run.steps.length; ++at) {
            amountRaw = _swap(run.steps[at], at, amountRaw);
        }
        uint256 neededRaw = dueRaw + run.minProfitRaw;
        if (amountRaw < neededRaw) revert ProfitBelowMinimum(neededRaw - amountRaw);
        return run.loan.token;
    }

    function _swap(Step memory step, uint256 at, uint256 amountInRaw) private returns (uint256 amountOutRaw) {
        uint256 before = Tokens.balance(step.tokenOut);
        if (step.venue == Venue.Curve) CurveVenue.swap(step, amountInRaw);
        else if (step.venue == Venue.UniswapV2) UniswapV2Venue.swap(step, amountInRaw);
        else if (step.venue == Venue.UniswapV3) UniswapV3Venue.swap(step, amountInRaw);
        else LitePsmVenue.swap(step, amountInRaw, OWNER);
        uint256 afterwards = Tokens.balance(step.tokenOut);
        if (afterwards <= before) revert NothingReceived(at);
        return afterwards - before;
    }

    function _profit(address token, uint256 before, uint256 minProfitRaw) private view returns (uint256) {
        uint256 afterwards = Tokens.balance(token);
        uint256 neededRaw = before + minProfitRaw;
        if (afterwards < neededRaw) revert ProfitBelowMinimum(neededRaw - afterwards);
        return afterwards - before;
    }

    function _requireRoundTrip(Loan calldata loan, Step[] calldata steps) private pure {
        if (steps.length == 0 || loan.amountRaw == 0) revert EmptyPlan();
        address held = loan.token;
        for (uint256 at = 0; at < steps.length; ++at) {
            if (steps[at].tokenIn != held) revert BrokenRoute(at, held, steps[at].tokenIn);
            held = steps[at].tokenOut;
        }
        if (held != loan.token) revert BrokenRoute(steps.length, loan.token, held);
    }
}
