// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DepegExecutor} from "../../contracts/DepegExecutor.sol";
import {IDepegExecutor} from "../../contracts/interfaces/IDepegExecutor.sol";
import {TokenDouble} from "./doubles/TokenDouble.sol";
import {ExecutorFixture} from "./support/ExecutorFixture.sol";

contract DepegExecutorExecuteTest is ExecutorFixture {
    function test_constructor_SetsTheRoles() external view {
        vm.assertEq(executor.OWNER(), OWNER);
        vm.assertEq(executor.OPERATOR(), OPERATOR);
    }

    function test_constructor_RevertsWhen_TheChainIsNotMainnet() external {
        vm.chainId(31_337);
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.WrongChain.selector, 31_337));
        new DepegExecutor({owner: OWNER, operator: OPERATOR});
    }

    function test_constructor_RevertsWhen_ARoleIsZero() external {
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.RoleMissing.selector));
        new DepegExecutor({owner: address(0), operator: OPERATOR});
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.RoleMissing.selector));
        new DepegExecutor({owner: OWNER, operator: address(0)});
    }

    function test_execute_SendsTheProfitToTheOwner_OfBalancerLoan() external {
        uint256 profitRaw = _run(IDepegExecutor.Lender.BalancerV2);
        _assertOwnerGot(profitRaw, GAIN);
    }

    function test_execute_SendsTheProfitToTheOwner_OfMorphoLoan() external {
        uint256 profitRaw = _run(IDepegExecutor.Lender.Morpho);
        _assertOwnerGot(profitRaw, GAIN);
    }

    function test_execute_SendsTheProfitLessTheFeeToTheOwner_OfAaveLoan() external {
        uint256 profitRaw = _run(IDepegExecutor.Lender.AaveV3);
        _assertOwnerGot(profitRaw, GAIN - AAVE_FEE);
    }

    function test_execute_PaysABalancerFee() external {
        BALANCER.setBalancerFee(7e6);
        _assertOwnerGot(_run(IDepegExecutor.Lender.BalancerV2), GAIN - 7e6);
    }

    function test_execute_RunsTwiceInOneBlock() external {
        _assertOwnerGot(_run(IDepegExecutor.Lender.AaveV3), GAIN - AAVE_FEE);
        uint256 second = _run(IDepegExecutor.Lender.Morpho);
        vm.assertEq(second, GAIN);
        _assertNothingHeld();
    }

    function test_execute_EmitsExecuted() external {
        vm.expectEmit(true, true, true, true, address(executor));
        emit IDepegExecutor.Executed(IDepegExecutor.Lender.Morpho, address(USDT), LOAN, GAIN);
        _run(IDepegExecutor.Lender.Morpho);
    }

    function test_execute_RevertsWhen_TheCallerIsNotTheOperator() external {
        address[3] memory callers = [STRANGER, OWNER, address(CURVE)];
        for (uint256 at = 0; at < callers.length; ++at) {
            vm.prank(callers[at]);
            vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.NotOperator.selector, callers[at]));
            executor.execute(_loan(IDepegExecutor.Lender.Morpho), _steps(), 0, BLOCK);
        }
    }

    function test_execute_RunsInItsLastBlock_AndRevertsAfterIt() external {
        _run(IDepegExecutor.Lender.Morpho);
        vm.roll(BLOCK + 1);
        _refuses(abi.encodeWithSelector(IDepegExecutor.TooLate.selector, BLOCK + 1, BLOCK));
    }

    function test_execute_AcceptsExactlyTheMinimumProfit_AndRevertsOneUnitBelow() external {
        _run(_loan(IDepegExecutor.Lender.AaveV3), _steps(), GAIN - AAVE_FEE);
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.ProfitBelowMinimum.selector, 1));
        executor.execute(_loan(IDepegExecutor.Lender.AaveV3), _steps(), GAIN - AAVE_FEE + 1, BLOCK);
    }

    function test_execute_RevertsWhen_TheRoundTripLoses_AndSaysHowMuch() external {
        CURVE.setPrice(2, 1, 0.99e18);
        bytes memory reason = abi.encodeWithSelector(IDepegExecutor.ProfitBelowMinimum.selector, 10_000e6);
        _refuses(_loan(IDepegExecutor.Lender.BalancerV2), _steps(), reason);
        _refuses(_loan(IDepegExecutor.Lender.Morpho), _steps(), reason);
        reason = abi.encodeWithSelector(IDepegExecutor.ProfitBelowMinimum.selector, 10_000e6 + AAVE_FEE);
        _refuses(_loan(IDepegExecutor.Lender.AaveV3), _steps(), reason);
    }

    function test_execute_NeitherUsesNorCountsTokensThatWereHere() external {
        USDT.mint(address(executor), 5e6);
        USDC.mint(address(executor), 6e6);
        vm.assertEq(_run(IDepegExecutor.Lender.Morpho), GAIN);
        vm.assertEq(USDT.balanceOf(address(executor)), 5e6);
        vm.assertEq(USDC.balanceOf(address(executor)), 6e6);
        vm.assertEq(USDT.balanceOf(OWNER), GAIN);
    }

    function test_execute_RevertsWhen_OnlyADonationWouldRepay() external {
        USDT.mint(address(executor), 50_000e6);
        CURVE.setPrice(2, 1, 0.99e18);
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.ProfitBelowMinimum.selector, 10_000e6));
        executor.execute(_loan(IDepegExecutor.Lender.Morpho), _steps(), 0, BLOCK);
        vm.assertEq(USDT.balanceOf(address(executor)), 50_000e6);
    }

    /// @dev The steps earned enough, but at the end it is not there: the end state decides.
    function test_execute_RevertsWhen_TheProfitIsGoneAfterRepayment() external {
        USDT.mint(address(executor), 3e6);
        BALANCER.setHook(address(this), abi.encodeCall(this.drainExecutor, ()));
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.ProfitBelowMinimum.selector, 3e6));
        executor.execute(_loan(IDepegExecutor.Lender.BalancerV2), _steps(), 0, BLOCK);
    }

    function drainExecutor() external {
        uint256 heldRaw = USDT.balanceOf(address(executor));
        vm.prank(address(executor));
        USDT.transfer(STRANGER, heldRaw);
    }

    function test_execute_RevertsWhen_ThereIsNoLoanOrNoStep() external {
        bytes memory reason = abi.encodeWithSelector(IDepegExecutor.EmptyPlan.selector);
        _refuses(_loan(IDepegExecutor.Lender.Morpho), new IDepegExecutor.Step[](0), reason);
        IDepegExecutor.Loan memory loan = _loan(IDepegExecutor.Lender.Morpho);
        loan.amountRaw = 0;
        _refuses(loan, _steps(), reason);
    }

    function test_execute_RevertsWhen_TheStepsDoNotChain() external {
        IDepegExecutor.Loan memory loan = _loan(IDepegExecutor.Lender.Morpho);
        IDepegExecutor.Step[] memory steps = _steps();
        steps[0].tokenIn = address(DAI);
        _refuses(loan, steps, _broken(0, address(USDT), address(DAI)));
        steps = _steps();
        steps[1].tokenIn = address(DAI);
        _refuses(loan, steps, _broken(1, address(USDC), address(DAI)));
        steps = _steps();
        steps[1].tokenOut = address(DAI);
        _refuses(loan, steps, _broken(2, address(USDT), address(DAI)));
        loan.token = address(DAI);
        _refuses(loan, _steps(), _broken(0, address(DAI), address(USDT)));
    }

    function test_execute_RevertsWhen_ALoanIsLargerThanTheLenderHas() external {
        IDepegExecutor.Loan memory loan = _loan(IDepegExecutor.Lender.Morpho);
        loan.amountRaw = 200_000_000e6;
        _refuses(loan, _steps(), abi.encodeWithSignature("Panic(uint256)", 0x11));
    }

    function test_execute_RevertsWhen_TheTokenReturnsFalse() external {
        USDT.setAnswer(TokenDouble.Answer.False);
        _refuses(abi.encodeWithSelector(IDepegExecutor.TokenCallFailed.selector, address(USDT)));
    }

    function test_execute_RevertsWhen_TheTokenTakesAFee() external {
        USDC.setFee(1);
        vm.prank(OPERATOR);
        vm.expectRevert(); // the V3 pool misses part of its input
        executor.execute(_loan(IDepegExecutor.Lender.Morpho), _steps(), 0, BLOCK);
        _assertNothingHeld();
    }

    function testFuzz_execute_NeverEndsBelowTheMinimum(uint256 priceWad, uint256 minProfitRaw, uint8 lender) external {
        priceWad = _bound(priceWad, 0.9e18, 1.1e18);
        minProfitRaw = _bound(minProfitRaw, 0, 2 * GAIN);
        CURVE.setPrice(2, 1, priceWad);
        vm.prank(OPERATOR);
        try executor.execute(_loan(IDepegExecutor.Lender(lender % 3)), _steps(), minProfitRaw, BLOCK) returns (
            uint256 profitRaw
        ) {
            vm.assertLe(minProfitRaw, profitRaw);
            vm.assertEq(USDT.balanceOf(OWNER), profitRaw);
        } catch {
            uint256 feeRaw = lender % 3 == 0 ? AAVE_FEE : 0;
            vm.assertTrue(LOAN * priceWad / 1e18 < LOAN + feeRaw + minProfitRaw);
            vm.assertEq(USDT.balanceOf(OWNER), 0);
        }
        _assertNothingHeld();
    }

    function _assertOwnerGot(uint256 profitRaw, uint256 expectedRaw) private view {
        vm.assertEq(profitRaw, expectedRaw);
        vm.assertEq(USDT.balanceOf(OWNER), expectedRaw);
        _assertNothingHeld();
    }

    function _broken(uint256 step, address expected, address found) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDepegExecutor.BrokenRoute.selector, step, expected, found);
    }
}
