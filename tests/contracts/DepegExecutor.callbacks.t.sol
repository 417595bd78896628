// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../contracts/interfaces/IDepegExecutor.sol";
import {LenderDouble} from "./doubles/LenderDouble.sol";
import {V3PoolDouble} from "./doubles/V3PoolDouble.sol";
import {ExecutorFixture} from "./support/ExecutorFixture.sol";

contract DepegExecutorCallbacksTest is ExecutorFixture {
    address[6] private callers = [STRANGER, OWNER, OPERATOR, address(AAVE), address(BALANCER), address(V3_USDC_USDT)];

    function test_callbacks_RevertWhen_NoPlanRuns() external {
        for (uint256 at = 0; at < callers.length; ++at) {
            _refusesEveryCallbackOf(callers[at]);
        }
    }

    function testFuzz_callbacks_RevertWhen_NoPlanRuns(address caller, bytes calldata context) external {
        vm.assume(caller != address(vm));
        bytes[4] memory calls = _callbacks(context);
        for (uint256 at = 0; at < calls.length; ++at) {
            vm.prank(caller);
            (bool success, bytes memory answer) = address(executor).call(calls[at]);
            vm.assertTrue(!success);
            vm.assertEq(answer, _unexpected(caller));
        }
    }

    function test_callbacks_RevertWhen_AStrangerOpensALoanForTheExecutor() external {
        address[] memory tokens = new address[](1);
        uint256[] memory amountsRaw = new uint256[](1);
        (tokens[0], amountsRaw[0]) = (address(USDT), LOAN);
        vm.prank(STRANGER);
        vm.expectRevert(_unexpected(address(BALANCER)));
        BALANCER.flashLoan(address(executor), tokens, amountsRaw, _context());
        vm.prank(STRANGER);
        vm.expectRevert(_unexpected(address(AAVE)));
        AAVE.flashLoanSimple(address(executor), address(USDT), LOAN, _context(), 0);
    }

    /// @dev Every callback, tried by a pool in the middle of a plan, while nothing waits for it.
    function test_callbacks_RevertWhen_APoolCallsThemInTheMiddleOfAPlan() external {
        bytes[4] memory calls = _callbacks(_context());
        for (uint256 at = 0; at < calls.length; ++at) {
            CURVE.setHook(address(executor), calls[at]);
            _refuses(_unexpected(address(CURVE)));
        }
    }

    /// @dev A token's hook calls while the executor waits for a lender, and while it waits for a V3 pool.
    function test_callbacks_RevertWhen_ATokenCallsThemWhileAnotherIsAwaited() external {
        bytes[4] memory calls = _callbacks(_context());
        for (uint256 at = 0; at < calls.length; ++at) {
            USDT.setHook(address(executor), calls[at]);
            _refuses(_unexpected(address(USDT)));
        }
    }

    function test_callbacks_RevertWhen_ALenderCallsTwice() external {
        BALANCER.setCalling(LenderDouble.Calling.Twice);
        AAVE.setCalling(LenderDouble.Calling.Twice);
        MORPHO.setCalling(LenderDouble.Calling.Twice);
        _refusesOfEachLender(_unexpected(address(AAVE)), _unexpected(address(BALANCER)), _unexpected(address(MORPHO)));
    }

    function test_callbacks_RevertWhen_ALenderChangesTheData() external {
        BALANCER.setCalling(LenderDouble.Calling.WithOtherData);
        AAVE.setCalling(LenderDouble.Calling.WithOtherData);
        MORPHO.setCalling(LenderDouble.Calling.WithOtherData);
        _refusesOfEachLender(_unexpected(address(AAVE)), _unexpected(address(BALANCER)), _unexpected(address(MORPHO)));
    }

    function test_execute_RevertsWhen_ALenderDoesNotCallBack() external {
        BALANCER.setCalling(LenderDouble.Calling.Never);
        AAVE.setCalling(LenderDouble.Calling.Never);
        MORPHO.setCalling(LenderDouble.Calling.Never);
        _refusesOfEachLender(_missing(), _missing(), _missing());
    }

    function test_execute_RevertsWhen_ALenderLeavesPartOfItsAllowance() external {
        AAVE.leaveUnpulled(1);
        MORPHO.leaveUnpulled(2);
        _refuses(_loan(IDepegExecutor.Lender.AaveV3), _steps(), _left(address(AAVE), 1));
        _refuses(_loan(IDepegExecutor.Lender.Morpho), _steps(), _left(address(MORPHO), 2));
    }

    function test_executeOperation_RevertsWhen_AnotherOpenedTheLoan() external {
        AAVE.setInitiator(STRANGER);
        _refuses(
            _loan(IDepegExecutor.Lender.AaveV3),
            _steps(),
            abi.encodeWithSelector(IDepegExecutor.UnexpectedInitiator.selector, STRANGER)
        );
    }

    function test_uniswapV3SwapCallback_RevertsWhen_ThePoolCallsTwice() external {
        V3_USDC_USDT.setCalling(V3PoolDouble.Calling.Twice);
        _refuses(_unexpected(address(V3_USDC_USDT)));
    }

    function test_uniswapV3SwapCallback_RevertsWhen_ThePoolChangesTheData() external {
        V3_USDC_USDT.setCalling(V3PoolDouble.Calling.WithOtherData);
        _refuses(_unexpected(address(V3_USDC_USDT)));
    }

    function test_execute_RevertsWhen_AV3PoolDoesNotCallBack() external {
        V3_USDC_USDT.setCalling(V3PoolDouble.Calling.Never);
        _refuses(_missing());
    }

    function test_execute_RevertsWhen_AV3PoolDoesNotCallBackAndALaterOneDoes() external {
        V3_DAI_USDC.setCalling(V3PoolDouble.Calling.Never);
        V3_DAI_USDC.setPrice(1e6);
        Step[] memory steps = new Step[](4);
        steps[0] = _curve(USDT, USDC, 2, 1);
        steps[1] = _psm(USDC, DAI);
        steps[2] = _v3(V3_DAI_USDC, DAI, USDC);
        steps[3] = _v3(V3_USDC_USDT, USDC, USDT);
        _refuses(_loan(IDepegExecutor.Lender.Morpho), steps, _missing());
    }

    /// @dev Between two runs of one transaction the guard is empty again: a late callback finds nothing.
    function test_callbacks_RevertAfterARun() external {
        _run(IDepegExecutor.Lender.AaveV3);
        _refusesEveryCallbackOf(address(AAVE));
        _refusesEveryCallbackOf(address(V3_USDC_USDT));
    }

    function test_execute_RevertsWhen_ItIsEnteredAgain() external {
        // The only caller that may enter is the operator; let one be a pool.
        _redeploy({owner: OWNER, operator: address(CURVE)});
        CURVE.setHook(address(executor), _encode(_loan(IDepegExecutor.Lender.Morpho), _steps(), 0, BLOCK));
        vm.prank(address(CURVE));
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.AlreadyRunning.selector));
        _execute(_encode(_loan(IDepegExecutor.Lender.Morpho), _steps(), 0, BLOCK));
    }

    /// @dev The lock ends with the run, not with the transaction.
    function test_execute_RunsTwiceAndWithdrawsInOneTransaction() external {
        _redeploy({owner: address(this), operator: address(this)});
        vm.assertEq(this.runTwiceAndWithdraw(), 7);
        vm.assertEq(USDT.balanceOf(TREASURY), 2 * GAIN + 7);
        _assertNothingHeld();
    }

    function runTwiceAndWithdraw() external returns (uint256 sentRaw) {
        _execute(_encode(_loan(IDepegExecutor.Lender.Morpho), _steps(), GAIN, BLOCK));
        _execute(_encode(_loan(IDepegExecutor.Lender.BalancerV2), _steps(), GAIN, BLOCK));
        USDT.mint(address(executor), 7);
        return executor.withdraw(address(USDT));
    }

    function test_withdraw_RevertsWhen_APlanRuns() external {
        _redeploy({owner: address(CURVE), operator: OPERATOR});
        CURVE.setHook(address(executor), abi.encodeCall(executor.withdraw, (address(USDT))));
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.AlreadyRunning.selector));
        _execute(_encode(_loan(IDepegExecutor.Lender.Morpho), _steps(), 0, BLOCK));
    }

    function test_withdraw_SendsStrayTokensToTheTreasury() external {
        USDT.mint(address(executor), 5e6);
        vm.expectEmit(true, true, true, true, address(executor));
        emit IDepegExecutor.Withdrawn(address(USDT), 5e6);
        vm.prank(OWNER);
        vm.assertEq(executor.withdraw(address(USDT)), 5e6);
        vm.assertEq(USDT.balanceOf(TREASURY), 5e6);
        _assertNothingHeld();
    }

    function test_withdraw_RevertsWhen_TheCallerIsNotTheOwner() external {
        USDT.mint(address(executor), 5e6);
        address[2] memory others = [STRANGER, OPERATOR];
        for (uint256 at = 0; at < others.length; ++at) {
            vm.prank(others[at]);
            vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.NotOwner.selector, others[at]));
            executor.withdraw(address(USDT));
        }
    }

    function _redeploy(address owner, address operator) private {
        _use(_deploy({owner: owner, operator: operator}));
    }

    function _refusesEveryCallbackOf(address caller) private {
        bytes[4] memory calls = _callbacks(_context());
        for (uint256 at = 0; at < calls.length; ++at) {
            vm.prank(caller);
            (bool success, bytes memory answer) = address(executor).call(calls[at]);
            vm.assertTrue(!success);
            vm.assertEq(answer, _unexpected(caller));
        }
    }

    function _refusesOfEachLender(bytes memory ofAave, bytes memory ofBalancer, bytes memory ofMorpho) private {
        _refuses(_loan(IDepegExecutor.Lender.AaveV3), _steps(), ofAave);
        _refuses(_loan(IDepegExecutor.Lender.BalancerV2), _steps(), ofBalancer);
        _refuses(_loan(IDepegExecutor.Lender.Morpho), _steps(), ofMorpho);
    }

    function _callbacks(bytes memory context) private view returns (bytes[4] memory) {
        address[] memory tokens = new address[](1);
        uint256[] memory amountsRaw = new uint256[](1);
        (tokens[0], amountsRaw[0]) = (address(USDT), LOAN);
        return [
            abi.encodeCall(callbacks.executeOperation, (address(USDT), LOAN, 0, address(executor), context)),
            abi.encodeCall(callbacks.receiveFlashLoan, (tokens, amountsRaw, new uint256[](1), context)),
            abi.encodeCall(callbacks.onMorphoFlashLoan, (LOAN, context)),
            abi.encodeCall(callbacks.uniswapV3SwapCallback, (int256(LOAN), -1, context))
        ];
    }

    /// @dev The very bytes that the standard plan on Balancer gives its lender.
    function _context() private pure returns (bytes memory) {
        return _cut(_encode(_loan(IDepegExecutor.Lender.BalancerV2), _steps(), 0, BLOCK));
    }

    function _cut(bytes memory data) private pure returns (bytes memory words) {
        words = new bytes(data.length - 4);
        for (uint256 at = 0; at < words.length; ++at) {
            words[at] = data[at + 4];
        }
    }

    function _unexpected(address caller) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDepegExecutor.UnexpectedCallback.selector, caller);
    }

    function _missing() private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDepegExecutor.CallbackMissing.selector);
    }

    function _left(address spender, uint256 leftRaw) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDepegExecutor.AllowanceLeft.selector, address(USDT), spender, leftRaw);
    }
}
