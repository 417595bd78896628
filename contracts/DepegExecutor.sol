// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AllowList} from "./executor/AllowList.sol";
import {PushProgram} from "./executor/PushProgram.sol";
import {Roles} from "./executor/Roles.sol";
import {Tip} from "./executor/Tip.sol";
import {IDepegExecutor} from "./interfaces/IDepegExecutor.sol";
import {Held} from "./libraries/Held.sol";
import {PlanMemory} from "./libraries/PlanMemory.sol";
import {PlanWords} from "./libraries/PlanWords.sol";
import {RunContext} from "./libraries/RunContext.sol";
import {Tokens} from "./libraries/Tokens.sol";
import {BalancerV3} from "./libraries/lenders/BalancerV3.sol";
import {Erc3156} from "./libraries/lenders/Erc3156.sol";
import {UniswapV4} from "./libraries/venues/UniswapV4.sol";

/// @title Executor of atomic stablecoin routes
/// @dev The manual is `IDepegExecutor`. Here: the entry, and every callback.
contract DepegExecutor is Tip {
    using PlanMemory for bytes;
    using PlanWords for uint256;

    uint256 private constant MAINNET = 1;
    uint256 private constant WORDS_AT = 4; // after the selector

    constructor(address owner, address operator, address treasury, address[] memory tokens, bytes32[] memory targets)
        Roles(owner, operator, treasury)
        AllowList(tokens, targets)
    {
        if (block.chainid != MAINNET) revert WrongChain(block.chainid);
    }

    /// @dev Ether comes out of WETH for the tip, and from nowhere else.
    receive() external payable {
        if (msg.sender != WETH) revert UnexpectedEther(msg.sender);
    }

    /// @inheritdoc IDepegExecutor
    function execute() external returns (uint256 profitRaw) {
        _requireOperator();
        uint256 head = _checkedHead();
        RunContext.requireFree();
        bytes memory plan = PlanMemory.copy(WORDS_AT, _planLength(head));
        uint256 mode = head.mode();
        if (mode == PULL_LEDGER) {
            UniswapV4.unlock(plan);
            profitRaw = Held.paid();
        } else {
            profitRaw = mode == PUSH ? _runProgram(plan, head) : _pull(plan);
        }
        if (head.tipWords() != 0) _tip(head, profitRaw);
        else if (mode != PULL_LEDGER) Tokens.send(_token(head.token()), TREASURY, profitRaw);
        RunContext.leave();
    }

    /// @notice A Uniswap V3 pool has paid and wants its input.
    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata context) external {
        bytes memory plan = _accept(context);
        uint256 dueRaw = uint256(amount0 > 0 ? amount0 : amount1);
        if (plan.head().mode() != PUSH) _payV3(plan, dueRaw);
        else _spendSwapped(plan, uint256(-(amount0 > 0 ? amount1 : amount0)), dueRaw);
    }

    /// @notice A Uniswap V2 pair has paid and wants its input.
    function uniswapV2Call(address initiator, uint256 out0, uint256 out1, bytes calldata context) external {
        bytes memory plan = _accept(context);
        _requireSelf(initiator);
        if (plan.head().mode() == PUSH) _spendSwapped(plan, out0 + out1, plan.wordAt(32).amount());
        else _payV2(plan);
    }

    /// @notice The PoolManager of Uniswap V4 has opened its ledger.
    function unlockCallback(bytes calldata context) external returns (bytes memory) {
        bytes memory plan = _accept(context);
        if (plan.head().mode() == PUSH) _inLedger(plan);
        else _pullInLedger(plan);
        return "";
    }

    /// @notice Aave V3 has sent the loan, and will pull it back.
    function executeOperation(address, uint256, uint256 feeRaw, address initiator, bytes calldata context)
        external
        returns (bool)
    {
        bytes memory plan = _accept(context);
        _requireSelf(initiator);
        uint256 head = plan.head();
        uint256 loan = _spend(plan);
        _allowBack(loan, loan.amount() + feeRaw, head);
        return true;
    }

    /// @notice Morpho has sent the loan, and will pull it back.
    function onMorphoFlashLoan(uint256, bytes calldata context) external {
        bytes memory plan = _accept(context);
        uint256 head = plan.head();
        uint256 loan = _spend(plan);
        _allowBack(loan, loan.amount(), head);
    }

    /// @notice Balancer V2 has sent the loan, and wants it back in this call.
    function receiveFlashLoan(
        address[] calldata,
        uint256[] calldata,
        uint256[] calldata feesRaw,
        bytes calldata context
    ) external {
        bytes memory plan = _accept(context);
        uint256 head = plan.head();
        uint256 loan = _spend(plan);
        _sendBack(loan, loan.amount() + feesRaw[0], head);
    }

    /// @notice The vault of Balancer V3 is unlocked, and wants its books even after this call.
    function onBalancerV3Unlock(bytes calldata context) external override {
        bytes memory plan = _accept(context);
        uint256 head = plan.head();
        uint256 loan = plan.wordAt(32);
        BalancerV3.take(_token(loan.tokenIn()), loan.amount());
        _spend(plan);
        _sendBack(loan, loan.amount(), head);
        BalancerV3.settle(_token(loan.tokenIn()), loan.amount());
    }

    /// @notice A Uniswap V3 pool has sent the loan, and wants it back, with its fee, in this call.
    function uniswapV3FlashCallback(uint256 fee0Raw, uint256 fee1Raw, bytes calldata context) external {
        bytes memory plan = _accept(context);
        uint256 head = plan.head();
        uint256 loan = _spend(plan);
        _sendBack(loan, loan.amount() + fee0Raw + fee1Raw, head); // of the token that was not lent, the fee is zero
    }

    /// @notice An ERC-3156 lender has sent the loan.
    function onFlashLoan(address initiator, address, uint256, uint256 feeRaw, bytes calldata context)
        external
        returns (bytes32)
    {
        bytes memory plan = _accept(context);
        _requireSelf(initiator);
        uint256 head = plan.head();
        uint256 loan = _spend(plan);
        if (loan.y() == 0) _allowBack(loan, loan.amount() + feeRaw, head);
        else _sendBack(loan, loan.amount() + feeRaw, head);
        return Erc3156.AGREED;
    }

    /// @dev Runs a plan of mode Push. What it leaves of the loan token here is the profit.
    function _runProgram(bytes memory plan, uint256 head) private returns (uint256 profitRaw) {
        RunContext.begin();
        _push(plan);
        profitRaw = Held.amount(head.token());
        if (profitRaw < head.minProfitRaw()) revert ProfitBelowMinimum(head.minProfitRaw() - profitRaw);
        Held.set(head.token(), 0);
        _clear(PlanMemory.copy(WORDS_AT, _planLength(head)), head.token());
    }

    function _checkedHead() private view returns (uint256 head) {
        if (block.chainid != MAINNET) revert WrongChain(block.chainid);
        assembly ("memory-safe") {
            head := calldataload(WORDS_AT)
        }
        uint256 length = msg.data.length - WORDS_AT;
        if (length % 32 != 0 || length < PlanWords.bytesOf(2 + head.tipWords())) revert BadLength(length);
        if (head & PlanMemory.FLAGS != 0 || head.mode() > PUSH) revert BadHead(head);
        if (block.number > head.maxBlock()) revert TooLate(block.number, head.maxBlock());
        uint256 parent = head.parent();
        if (parent == 0) return head;
        uint256 found = uint64(uint256(blockhash(block.number - 1)));
        if (parent != found) revert WrongParent(parent, found);
    }

    /// @dev Bytes of head and steps, without the tip.
    function _planLength(uint256 head) private pure returns (uint256) {
        unchecked {
            return msg.data.length - WORDS_AT - PlanWords.bytesOf(head.tipWords()); // checked with the head
        }
    }

    function _accept(bytes calldata context) private returns (bytes memory plan) {
        uint256 at;
        assembly ("memory-safe") {
            at := context.offset
        }
        plan = PlanMemory.copy(at, context.length);
        RunContext.accept(plan);
    }

    function _requireSelf(address initiator) private view {
        if (initiator != address(this)) revert UnexpectedInitiator(initiator);
    }
}
