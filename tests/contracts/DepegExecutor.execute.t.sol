// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../contracts/interfaces/IDepegExecutor.sol";
import {TokenDouble} from "./doubles/TokenDouble.sol";
import {ExecutorFixture} from "./support/ExecutorFixture.sol";

contract DepegExecutorExecuteTest is ExecutorFixture {
    function test_constructor_SetsTheRoles() external view {
        vm.assertEq(executor.owner(), OWNER);
        vm.assertEq(executor.operator(), OPERATOR);
        vm.assertEq(executor.TREASURY(), TREASURY);
        vm.assertEq(executor.tokenAt(2), address(DAI));
        vm.assertEq(address(uint160(uint256(executor.targetAt(1)))), address(PSM));
    }

    function test_constructor_RevertsWhen_TheChainIsNotMainnet() external {
        vm.chainId(31_337);
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.WrongChain.selector, 31_337));
        this.deploy(OWNER, OPERATOR);
    }

    function test_constructor_RevertsWhen_ARoleIsZero() external {
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.RoleMissing.selector));
        this.deploy(address(0), OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.RoleMissing.selector));
        this.deploy(OWNER, address(0));
    }

    function deploy(address owner, address operator) external {
        _deploy({owner: owner, operator: operator});
    }

    function test_execute_SendsTheProfitToTheTreasury_OfBalancerLoan() external {
        uint256 profitRaw = _run(IDepegExecutor.Lender.BalancerV2);
        _assertTreasuryGot(profitRaw, GAIN);
    }

    function test_execute_SendsTheProfitToTheTreasury_OfMorphoLoan() external {
        uint256 profitRaw = _run(IDepegExecutor.Lender.Morpho);
        _assertTreasuryGot(profitRaw, GAIN);
    }

    function test_execute_SendsTheProfitLessTheFeeToTheTreasury_OfAaveLoan() external {
        uint256 profitRaw = _run(IDepegExecutor.Lender.AaveV3);
        _assertTreasuryGot(profitRaw, GAIN - AAVE_FEE);
    }

    function test_execute_PaysABalancerFee() external {
        BALANCER.setBalancerFee(7e6);
        _assertTreasuryGot(_run(IDepegExecutor.Lender.BalancerV2), GAIN - 7e6);
    }

    function test_execute_RunsTwiceInOneBlock() external {
        _assertTreasuryGot(_run(IDepegExecutor.Lender.AaveV3), GAIN - AAVE_FEE);
        uint256 second = _run(IDepegExecutor.Lender.Morpho);
        vm.assertEq(second, GAIN);
        _assertNothingHeld();
    }

    function test_execute_RevertsWhen_TheCallerIsNotTheOperator() external {
        address[3] memory callers = [STRANGER, OWNER, address(CURVE)];
        for (uint256 at = 0; at < callers.length; ++at) {
            vm.prank(callers[at]);
            vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.NotOperator.selector, callers[at]));
            _execute(_encode(_loan(IDepegExecutor.Lender.Morpho), _steps(), 0, BLOCK));
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
        _execute(_encode(_loan(IDepegExecutor.Lender.AaveV3), _steps(), GAIN - AAVE_FEE + 1, BLOCK));
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
        vm.assertEq(USDT.balanceOf(TREASURY), GAIN);
    }

    function test_execute_RevertsWhen_OnlyADonationWouldRepay() external {
        USDT.mint(address(executor), 50_000e6);
        CURVE.setPrice(2, 1, 0.99e18);
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.ProfitBelowMinimum.selector, 10_000e6));
        _execute(_encode(_loan(IDepegExecutor.Lender.Morpho), _steps(), 0, BLOCK));
        vm.assertEq(USDT.balanceOf(address(executor)), 50_000e6);
    }

    function test_execute_RevertsWhen_ThePlanHasNoStep_OrNoWholeWords() external {
        uint256 head = uint256(IDepegExecutor.Mode.Push) | BLOCK << 32;
        bytes memory data = abi.encodePacked(IDepegExecutor.execute.selector, head);
        _refuses(data, abi.encodeWithSelector(IDepegExecutor.BadLength.selector, 32));
        data = abi.encodePacked(data, uint256(0), bytes1(0));
        _refuses(data, abi.encodeWithSelector(IDepegExecutor.BadLength.selector, 65));
    }

    function test_execute_RevertsWhen_AStepTakesWhatIsNotHeld() external {
        Step[] memory steps = _steps();
        steps[0].tokenIn = address(DAI);
        bytes memory nothing = abi.encodeWithSelector(IDepegExecutor.NothingReceived.selector, address(USDC));
        _refuses(_loan(IDepegExecutor.Lender.Morpho), steps, nothing);
        bytes memory data = _encode(_loan(IDepegExecutor.Lender.Morpho), new Step[](0), 0, BLOCK);
        uint256 exact = uint256(IDepegExecutor.Venue.UniswapV3) | V3_FEE << 24 | (LOAN + 5) << 128;
        data = abi.encodePacked(data, exact | 1 << 8);
        _refuses(data, abi.encodeWithSelector(IDepegExecutor.NotHeld.selector, address(USDT), 5));
    }

    function test_execute_RevertsWhen_ALoanIsLargerThanTheLenderHas() external {
        Loan memory loan = _loan(IDepegExecutor.Lender.Morpho);
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
        _execute(_encode(_loan(IDepegExecutor.Lender.Morpho), _steps(), 0, BLOCK));
        _assertNothingHeld();
    }

    function testFuzz_execute_NeverEndsBelowTheMinimum(uint256 priceWad, uint256 minProfitRaw, uint8 lender) external {
        priceWad = _bound(priceWad, 0.9e18, 1.1e18);
        minProfitRaw = _bound(minProfitRaw, 0, 2 * GAIN);
        CURVE.setPrice(2, 1, priceWad);
        bytes memory data = _encode(_loan(IDepegExecutor.Lender(lender % 3)), _steps(), minProfitRaw, BLOCK);
        vm.prank(OPERATOR);
        (bool success, bytes memory answer) = address(executor).call(data);
        if (success) {
            uint256 profitRaw = abi.decode(answer, (uint256));
            vm.assertLe(minProfitRaw, profitRaw);
            vm.assertEq(USDT.balanceOf(TREASURY), profitRaw);
        } else {
            uint256 feeRaw = lender % 3 == 0 ? AAVE_FEE : 0;
            vm.assertTrue(LOAN * priceWad / 1e18 < LOAN + feeRaw + minProfitRaw);
            vm.assertEq(USDT.balanceOf(TREASURY), 0);
        }
        _assertNothingHeld();
    }

    function _assertTreasuryGot(uint256 profitRaw, uint256 expectedRaw) private view {
        vm.assertEq(profitRaw, expectedRaw);
        vm.assertEq(USDT.balanceOf(TREASURY), expectedRaw);
        _assertNothingHeld();
    }
}
