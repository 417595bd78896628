// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Held} from "../libraries/Held.sol";
import {PlanMemory} from "../libraries/PlanMemory.sol";
import {PlanWords} from "../libraries/PlanWords.sol";
import {RunContext} from "../libraries/RunContext.sol";
import {Tokens} from "../libraries/Tokens.sol";
import {Curve} from "../libraries/venues/Curve.sol";
import {UniswapV2} from "../libraries/venues/UniswapV2.sol";
import {UniswapV4} from "../libraries/venues/UniswapV4.sol";
import {Venues} from "./Venues.sol";

/// @notice Routes without a lender: the last pool pays first, and each earlier leg pays the one after it.
/// @dev The plan shrinks from its end: a leg is popped before it is run, and the context of a callback is what is left.
/// In the ledger of Uniswap V4, `sync` comes right before each payment to the PoolManager and `settle` right after it,
/// so payments to it may nest.
abstract contract PullRoute is Venues {
    using PlanMemory for bytes;
    using PlanWords for uint256;

    uint256 internal constant PULL_LEDGER = uint256(Mode.PullLedger);

    /// @dev Runs a plan of mode Pull. What it leaves of the loan token here is the profit.
    function _pull(bytes memory plan) internal returns (uint256 profitRaw) {
        uint256 minProfitRaw = plan.head().minProfitRaw();
        uint256 madeRaw = _lastLeg(plan, address(this));
        return _profit(madeRaw, minProfitRaw);
    }

    /// @dev Runs a plan of mode PullLedger, inside `unlock`, and takes the profit out of the ledger.
    function _pullInLedger(bytes memory plan) internal {
        uint256 head = plan.head();
        uint256 madeRaw;
        uint256 leg = plan.last();
        if (leg.kind() == V4) {
            plan.pop();
            uint256 inRaw;
            (inRaw, madeRaw) = _swapV4(leg, -int256(leg.amount()));
            _fillLedger(plan, inRaw);
        } else {
            madeRaw = _lastLeg(plan, UniswapV4.MANAGER);
        }
        uint256 profitRaw = _profit(madeRaw, head.minProfitRaw());
        Held.setPaid(profitRaw);
        UniswapV4.take(_token(head.token()), head.tipWords() == 0 ? TREASURY : address(this), profitRaw);
    }

    /// @dev Pays `amountRaw` of what the last leg of `plan` makes to `to`, and what that takes by the legs before it.
    function _deliver(bytes memory plan, address to, uint256 amountRaw) internal {
        if (plan.isDone()) return _payFirst(plan.head(), to, amountRaw);
        uint256 leg = plan.pop();
        uint256 kind = leg.kind();
        if (kind == V3) _deliverV3(plan, leg, to, amountRaw);
        else if (kind == V2) _deliverV2(plan, leg, to, amountRaw);
        else if (kind == V4) _deliverV4(plan, leg, to, amountRaw);
        else _deliverByHand(plan, leg, to, amountRaw);
    }

    /// @dev A V2 pair has paid out, and wants the `amount` of its leg, the last one of `plan`.
    function _payV2(bytes memory plan) internal {
        uint256 leg = plan.pop();
        _deliver(plan, msg.sender, leg.amount());
    }

    /// @dev A V3 pool has paid out, and wants `dueRaw`.
    function _payV3(bytes memory plan, uint256 dueRaw) internal {
        if (plan.head() & PlanMemory.FLAGS != 0) _finishPayment(plan);
        _deliver(plan, msg.sender, dueRaw);
    }

    /// @dev What was paid to the PoolManager is settled; a V2 pair that was paid pays out.
    function _finishPayment(bytes memory plan) private {
        _settleIfMarked(plan);
        if (plan.head() & PlanMemory.TAIL == 0) return;
        plan.setHead(plan.head() ^ PlanMemory.TAIL);
        uint256 tail = plan.pop();
        (address pair, bool zeroForOne) = _v2Pair(tail);
        UniswapV2.take(pair, zeroForOne, address(this), tail.amount(), UniswapV2.none());
    }

    /// @dev The leg that makes the loan token: takes exactly its `amount`, and pays before it is paid.
    function _lastLeg(bytes memory plan, address to) private returns (uint256 madeRaw) {
        uint256 leg = plan.pop();
        uint256 kind = leg.kind();
        if (kind == V2 && to == address(this)) return _lastLegV2(plan, leg);
        if (kind != V3) revert StepNotAllowed(kind);
        _expectPayment(plan, leg, to);
        (, madeRaw) = _swapV3(leg, int256(leg.amount()), to, plan);
    }

    /// @dev A pair calls back the account it pays: as the last leg it can pay nobody but this contract.
    function _lastLegV2(bytes memory plan, uint256 leg) private returns (uint256 madeRaw) {
        (address pair, bool zeroForOne) = _v2Pair(leg);
        madeRaw = UniswapV2.amountOutDown(pair, zeroForOne, leg.x(), leg.amount());
        if (!plan.isDone() && plan.last().kind() == V3) {
            _throughV3(plan, leg, pair, madeRaw);
        } else {
            plan.push(leg);
            RunContext.expect(pair, plan);
            UniswapV2.take(pair, zeroForOne, address(this), madeRaw, plan);
        }
    }

    /// @dev The V3 leg before the last one pays the pair, which pays out in its callback: saves the pair's own.
    function _throughV3(bytes memory plan, uint256 leg, address pair, uint256 madeRaw) private {
        uint256 before = plan.replaceLast(uint256(uint128(leg)) | madeRaw << 128);
        plan.setHead(plan.head() | PlanMemory.TAIL);
        _exactOutV3(plan, before, pair, leg.amount());
    }

    function _deliverV3(bytes memory plan, uint256 leg, address to, uint256 amountRaw) private {
        _expectPayment(plan, leg, to);
        _exactOutV3(plan, leg, to, amountRaw);
    }

    function _exactOutV3(bytes memory plan, uint256 leg, address to, uint256 amountRaw) private {
        int256 exactOut;
        unchecked {
            exactOut = -int256(amountRaw);
        }
        (, uint256 outRaw) = _swapV3(leg, exactOut, to, plan);
        if (outRaw != amountRaw) revert OutputTooSmall(_token(leg.tokenOut()), amountRaw - outRaw);
    }

    function _deliverV2(bytes memory plan, uint256 leg, address to, uint256 amountRaw) private {
        (address pair, bool zeroForOne) = _v2Pair(leg);
        uint256 dueRaw = UniswapV2.amountInUp(pair, zeroForOne, leg.x(), amountRaw);
        if (dueRaw == 0) revert OutputTooSmall(_token(leg.tokenOut()), amountRaw);
        _deliver(plan, pair, dueRaw);
        if (to == UniswapV4.MANAGER) UniswapV4.sync(_token(leg.tokenOut()));
        UniswapV2.take(pair, zeroForOne, to, amountRaw, UniswapV2.none());
        if (to == UniswapV4.MANAGER) UniswapV4.settle();
    }

    function _deliverV4(bytes memory plan, uint256 leg, address to, uint256 amountRaw) private {
        (uint256 inRaw, uint256 outRaw) = _swapV4(leg, int256(amountRaw));
        if (outRaw != amountRaw) revert OutputTooSmall(_token(leg.tokenOut()), amountRaw - outRaw);
        if (to != UniswapV4.MANAGER) UniswapV4.take(_token(leg.tokenOut()), to, amountRaw);
        _fillLedger(plan, inRaw);
    }

    /// @dev Any other venue takes exactly the `amount` of its leg. What it makes too much goes to the treasury.
    function _deliverByHand(bytes memory plan, uint256 leg, address to, uint256 amountRaw) private {
        if (leg.kind() == CURVE_RECEIVED) return _deliverReceived(plan, leg, to, amountRaw);
        _deliver(plan, address(this), leg.amount());
        _handOn(_token(leg.tokenOut()), to, amountRaw, _swapByHand(leg, leg.amount()));
    }

    /// @dev The leg before this one pays the pool directly, and the pool pays the PoolManager directly.
    function _deliverReceived(bytes memory plan, uint256 leg, address to, uint256 amountRaw) private {
        address pool = _targetAddress(leg.x());
        address token = _token(leg.tokenOut());
        _deliver(plan, pool, leg.amount());
        if (to == UniswapV4.MANAGER) {
            UniswapV4.sync(token);
            Curve.swapReceived(pool, leg.y(), leg.z(), leg.amount(), to);
            uint256 paidRaw = UniswapV4.settle();
            if (paidRaw > amountRaw) UniswapV4.take(token, TREASURY, paidRaw - amountRaw);
        } else {
            uint256 before = Tokens.balance(token);
            Curve.swapReceived(pool, leg.y(), leg.z(), leg.amount(), address(this));
            _handOn(token, to, amountRaw, Tokens.balance(token) - before);
        }
    }

    function _handOn(address token, address to, uint256 amountRaw, uint256 madeRaw) private {
        if (madeRaw < amountRaw) revert OutputTooSmall(token, amountRaw - madeRaw);
        if (to == UniswapV4.MANAGER) {
            UniswapV4.sync(token);
            Tokens.send(token, to, amountRaw);
            UniswapV4.settle();
        } else if (to != address(this)) {
            Tokens.send(token, to, amountRaw);
        }
        if (madeRaw > amountRaw) Tokens.send(token, TREASURY, madeRaw - amountRaw);
    }

    /// @dev What a V4 leg took in is owed to the ledger: `dueRaw` of what the leg before it makes.
    function _fillLedger(bytes memory plan, uint256 dueRaw) private {
        if (plan.isDone()) Held.setPaid(dueRaw);
        else _deliver(plan, UniswapV4.MANAGER, dueRaw);
    }

    /// @dev The first leg is paid in the loan token, out of what the last one paid.
    function _payFirst(uint256 head, address to, uint256 amountRaw) private {
        Held.setPaid(amountRaw);
        address token = _token(head.token());
        if (head.mode() == PULL_LEDGER) {
            UniswapV4.take(token, to, amountRaw);
        } else if (to != address(this) && !Tokens.trySend(token, to, amountRaw)) {
            uint256 hereRaw = Tokens.balance(token);
            if (hereRaw >= amountRaw) revert TokenCallFailed(token);
            revert ProfitBelowMinimum(amountRaw - hereRaw + head.minProfitRaw());
        }
    }

    /// @dev The pool pays `to` before it calls back: a payment to the PoolManager is settled at once in the callback.
    function _expectPayment(bytes memory plan, uint256 leg, address to) private {
        if (to != UniswapV4.MANAGER) return;
        plan.setHead(plan.head() | PlanMemory.SETTLE);
        UniswapV4.sync(_token(leg.tokenOut()));
    }

    function _settleIfMarked(bytes memory plan) private {
        uint256 head = plan.head();
        if (head & PlanMemory.SETTLE == 0) return;
        plan.setHead(head ^ PlanMemory.SETTLE);
        UniswapV4.settle();
    }

    function _swapV4(uint256 step, int256 amountRaw) internal returns (uint256 inRaw, uint256 outRaw) {
        return UniswapV4.swap({
            tokenIn: _token(step.tokenIn()),
            tokenOut: _token(step.tokenOut()),
            feePips: step.feePips(),
            tickSpacing: step.tickSpacing(),
            amountRaw: amountRaw
        });
    }

    function _profit(uint256 madeRaw, uint256 minProfitRaw) private view returns (uint256) {
        uint256 paidRaw = Held.paid();
        unchecked {
            uint256 neededRaw = paidRaw + minProfitRaw; // pools' amounts have 128 bits, and so has the minimum
            if (madeRaw < neededRaw) revert ProfitBelowMinimum(neededRaw - madeRaw);
            return madeRaw - paidRaw;
        }
    }
}
