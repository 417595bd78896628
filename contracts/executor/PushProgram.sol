// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Held} from "../libraries/Held.sol";
import {PlanMemory} from "../libraries/PlanMemory.sol";
import {PlanWords} from "../libraries/PlanWords.sol";
import {RunContext} from "../libraries/RunContext.sol";
import {Tokens} from "../libraries/Tokens.sol";
import {AaveV3} from "../libraries/lenders/AaveV3.sol";
import {BalancerV2} from "../libraries/lenders/BalancerV2.sol";
import {BalancerV3} from "../libraries/lenders/BalancerV3.sol";
import {Erc3156} from "../libraries/lenders/Erc3156.sol";
import {Morpho} from "../libraries/lenders/Morpho.sol";
import {UniswapV3Loan} from "../libraries/lenders/UniswapV3Loan.sol";
import {UniswapV2} from "../libraries/venues/UniswapV2.sol";
import {UniswapV3} from "../libraries/venues/UniswapV3.sol";
import {UniswapV4} from "../libraries/venues/UniswapV4.sol";
import {PullRoute} from "./PullRoute.sol";

/// @notice Programs: loans that nest, and swaps in any order, each of an exact amount, a share, or all that is held.
/// @dev The context of a loan is the head, the loan itself, and everything that is to be done before it is repaid.
abstract contract PushProgram is PullRoute {
    using PlanMemory for bytes;
    using PlanWords for uint256;

    uint256 internal constant PUSH = uint256(Mode.Push);
    uint256 internal constant BPS = 10_000;

    /// @dev Calls back to itself through the vault of Balancer V3.
    function onBalancerV3Unlock(bytes calldata context) external virtual;

    /// @dev Runs the steps of `plan` in order; a loan runs all that follow it, and repays.
    function _push(bytes memory plan) internal {
        uint256 end = plan.length;
        for (uint256 at = 32; at < end; at += 32) {
            uint256 step = plan.wordAt(at);
            if (step.kind() >= PlanWords.LOAN) return _borrow(step, plan.from(at));
            _swapHeld(step, plan.head());
        }
    }

    /// @dev With the loan in hand: `context` starts with it. Returns the loan's word.
    function _spend(bytes memory context) internal returns (uint256 loan) {
        loan = context.wordAt(32);
        Held.add(loan.tokenIn(), loan.amount());
        _push(context.from(64));
    }

    /// @dev As `_spend`, for a flash swap that has paid `outRaw` of tokenOut and wants `dueRaw` of tokenIn.
    function _spendSwapped(bytes memory context, uint256 outRaw, uint256 dueRaw) internal {
        uint256 loan = context.wordAt(32);
        uint256 head = context.head();
        Held.add(loan.tokenOut(), outRaw);
        _push(context.from(64));
        _sendBack(loan, dueRaw, head);
    }

    /// @dev Repays the caller of a callback in the loan's token.
    function _sendBack(uint256 loan, uint256 dueRaw, uint256 head) internal {
        _debit(loan.tokenIn(), dueRaw, head);
        Tokens.send(_token(loan.tokenIn()), msg.sender, dueRaw);
    }

    /// @dev Lets the caller of a callback pull the repayment.
    function _allowBack(uint256 loan, uint256 dueRaw, uint256 head) internal {
        _debit(loan.tokenIn(), dueRaw, head);
        Tokens.allow(_token(loan.tokenIn()), msg.sender, dueRaw);
    }

    /// @dev Inside `unlock`: a loan out of the ledger, or one swap.
    function _inLedger(bytes memory context) internal {
        uint256 first = context.wordAt(32);
        if (first.kind() == V4) return Held.setPaid(_swapInLedger(first, first.amount()));
        address token = _token(first.tokenIn());
        uint256 head = context.head();
        UniswapV4.take(token, address(this), first.amount());
        _spend(context);
        _debit(first.tokenIn(), first.amount(), head);
        _payLedger(token, first.amount());
    }

    /// @dev Sends what is held of every token that the steps of `plan` may have left, `kept` aside, to the treasury.
    function _clear(bytes memory plan, uint256 kept) internal {
        uint256 end = plan.length;
        for (uint256 at = 32; at < end; at += 32) {
            uint256 step = plan.wordAt(at);
            bool isLoan = step.kind() >= PlanWords.LOAN && step.kind() < PlanWords.FLASH_SWAP;
            uint256 index = isLoan ? step.tokenIn() : step.tokenOut();
            if (index != kept) _clearToken(index);
        }
    }

    function _clearToken(uint256 index) internal {
        uint256 leftRaw = Held.amount(index);
        if (leftRaw == 0) return;
        Held.set(index, 0);
        Tokens.send(_token(index), TREASURY, leftRaw);
    }

    /// @dev As `_push`, without loans.
    function _swapAll(bytes memory plan) internal {
        uint256 end = plan.length;
        for (uint256 at = 32; at < end; at += 32) {
            _swapHeld(plan.wordAt(at), 0);
        }
    }

    function _borrow(uint256 loan, bytes memory context) private {
        uint256 lender = loan.kind() - PlanWords.LOAN;
        address token = _token(loan.tokenIn());
        if (lender == uint256(Lender.Morpho)) Morpho.borrow(token, loan.amount(), context);
        else if (lender == uint256(Lender.BalancerV2)) BalancerV2.borrow(token, loan.amount(), context);
        else if (lender == uint256(Lender.UniswapV4)) _borrowFromLedger(context);
        else if (lender == uint256(Lender.UniswapV3Swap)) _flashSwapV3(loan, context);
        else if (lender == uint256(Lender.UniswapV2Swap)) _flashSwapV2(loan, context);
        else if (lender == uint256(Lender.AaveV3)) AaveV3.borrow(token, loan.amount(), context);
        else if (lender == uint256(Lender.BalancerV3)) _borrowFromBalancerV3(context);
        else if (lender == uint256(Lender.UniswapV3)) _borrowFromV3(loan, token, context);
        else if (lender == uint256(Lender.Erc3156)) _borrowFromErc3156(loan, token, context);
        else revert StepNotAllowed(loan.kind());
    }

    function _borrowFromLedger(bytes memory context) private {
        uint256 head = context.head();
        if (head & PlanMemory.UNLOCKED != 0) return _inLedger(context);
        context.setHead(head | PlanMemory.UNLOCKED);
        UniswapV4.unlock(context);
    }

    function _borrowFromBalancerV3(bytes memory context) private {
        BalancerV3.unlock(context, abi.encodeCall(this.onBalancerV3Unlock, (context)));
    }

    function _borrowFromErc3156(uint256 loan, address token, bytes memory context) private {
        Erc3156.borrow(_targetAddress(loan.x()), token, loan.amount(), context);
    }

    function _borrowFromV3(uint256 loan, address token, bytes memory context) private {
        address other = _token(loan.tokenOut());
        address pool = UniswapV3.poolOf(token, other, loan.feePips());
        UniswapV3Loan.borrow({pool: pool, isToken0: token < other, amountRaw: loan.amount(), context: context});
    }

    function _flashSwapV3(uint256 loan, bytes memory context) private {
        uint256 amountRaw = loan.amount();
        (uint256 inRaw,) = _swapV3(loan, int256(amountRaw), address(this), context);
        RunContext.requireReturned();
        _requireWhole(loan, amountRaw, inRaw);
    }

    function _flashSwapV2(uint256 loan, bytes memory context) private {
        (address pair, bool zeroForOne) = _v2Pair(loan);
        uint256 outRaw = UniswapV2.amountOutDown(pair, zeroForOne, loan.x(), loan.amount());
        RunContext.expect(pair, context);
        UniswapV2.take(pair, zeroForOne, address(this), outRaw, context);
        RunContext.requireReturned();
    }

    /// @dev Swaps what is held, and holds what came out: as a genuine Uniswap pool says, or else as the balance does.
    function _swapHeld(uint256 step, uint256 head) private {
        uint256 kind = step.kind();
        uint256 inRaw = _takeHeld(step);
        uint256 outRaw;
        if (kind == V3) outRaw = _swapV3Held(step, inRaw);
        else if (kind == V2) outRaw = _swapV2Held(step, inRaw);
        else if (kind == V4) outRaw = _swapV4Held(step, inRaw, head);
        else outRaw = _swapByHand(step, inRaw);
        Held.add(step.tokenOut(), outRaw);
    }

    function _swapV3Held(uint256 step, uint256 inRaw) private returns (uint256 outRaw) {
        // A pulled route without legs: the callback pays `inRaw` of tokenIn, which stands where a head has its token.
        bytes memory context = PlanMemory.single(step & 0xff00);
        uint256 takenRaw;
        (takenRaw, outRaw) = _swapV3(step, int256(inRaw), address(this), context);
        RunContext.requireReturned();
        _requireWhole(step, inRaw, takenRaw);
    }

    function _swapV2Held(uint256 step, uint256 inRaw) private returns (uint256 outRaw) {
        (address pair, bool zeroForOne) = _v2Pair(step);
        outRaw = UniswapV2.amountOutDown(pair, zeroForOne, step.x(), inRaw);
        Tokens.send(_token(step.tokenIn()), pair, inRaw);
        UniswapV2.take(pair, zeroForOne, address(this), outRaw, UniswapV2.none());
    }

    function _swapV4Held(uint256 step, uint256 inRaw, uint256 head) private returns (uint256 outRaw) {
        if (head & PlanMemory.UNLOCKED != 0) return _swapInLedger(step, inRaw);
        UniswapV4.unlock(PlanMemory.pair(PUSH, uint256(uint128(step)) | inRaw << 128));
        return Held.paid(); // as `_inLedger` left it
    }

    function _swapInLedger(uint256 step, uint256 inRaw) private returns (uint256 outRaw) {
        uint256 takenRaw;
        (takenRaw, outRaw) = _swapV4(step, -int256(inRaw));
        _requireWhole(step, inRaw, takenRaw);
        UniswapV4.take(_token(step.tokenOut()), address(this), outRaw);
        _payLedger(_token(step.tokenIn()), inRaw);
    }

    function _payLedger(address token, uint256 amountRaw) private {
        UniswapV4.sync(token);
        Tokens.send(token, UniswapV4.MANAGER, amountRaw);
        UniswapV4.settle();
    }

    /// @dev Rounded down, so shares of shares never ask for more than there is.
    function _takeHeld(uint256 step) private returns (uint256 amountRaw) {
        uint256 index = step.tokenIn();
        uint256 amountMode = step.amountMode();
        if (amountMode == uint256(AmountMode.All)) {
            amountRaw = Held.amount(index);
            Held.set(index, 0);
        } else {
            amountRaw = step.amount();
            if (amountMode == uint256(AmountMode.Share)) amountRaw = Held.amount(index) * amountRaw / BPS;
            _debit(index, amountRaw, 0);
        }
        if (amountRaw > type(uint128).max) revert NotHeld(_token(index), amountRaw);
    }

    /// @param head Of the plan, where a shortage in its token means a loss; 0 elsewhere.
    function _debit(uint256 index, uint256 amountRaw, uint256 head) private {
        uint256 heldRaw = Held.amount(index);
        if (heldRaw < amountRaw) {
            uint256 missingRaw = amountRaw - heldRaw;
            if (head != 0 && index == head.token()) revert ProfitBelowMinimum(missingRaw + head.minProfitRaw());
            revert NotHeld(_token(index), missingRaw);
        }
        Held.set(index, heldRaw - amountRaw);
    }

    function _requireWhole(uint256 step, uint256 amountRaw, uint256 takenRaw) private view {
        if (takenRaw == amountRaw) return;
        revert PartialFill(_token(step.tokenIn()), amountRaw - takenRaw);
    }
}
