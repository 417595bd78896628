// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../contracts/interfaces/IDepegExecutor.sol";
import {ExecutorFixture} from "./support/ExecutorFixture.sol";

contract DepegExecutorVenuesTest is ExecutorFixture {
    uint256 private constant HALTED = type(uint256).max;

    function test_curve_RevertsWhen_PartOfTheAllowanceIsLeft() external {
        CURVE.leaveUntaken(3);
        _refuses(abi.encodeWithSelector(IDepegExecutor.AllowanceLeft.selector, address(USDT), address(CURVE), 3));
    }

    function test_curve_RevertsWhen_NothingIsPaid() external {
        CURVE.setPrice(2, 1, 0);
        _refuses(abi.encodeWithSelector(IDepegExecutor.NothingReceived.selector, address(USDC)));
    }

    function test_curve_RevertsWhen_ThePoolIsNotListed() external {
        Step[] memory steps = _steps();
        steps[0].pool = STRANGER;
        bytes memory reason = abi.encodeWithSelector(IDepegExecutor.UnknownTarget.selector, 2);
        _refuses(_loan(IDepegExecutor.Lender.Morpho), steps, reason);
    }

    function test_curve_RevertsWhen_TheCoinsAreNotTheTokens() external {
        Step[] memory steps = _steps();
        steps[0].coinIn = 0; // pulls DAI, for which there is no allowance
        _refuses(_loan(IDepegExecutor.Lender.Morpho), steps, abi.encodeWithSignature("Panic(uint256)", 0x11));
        steps[0].coinIn = 2;
        steps[0].coinOut = 0; // pays DAI, where USDC is measured
        CURVE.setPrice(2, 0, 1e30);
        _refuses(
            _loan(IDepegExecutor.Lender.Morpho),
            steps,
            abi.encodeWithSelector(IDepegExecutor.NothingReceived.selector, address(USDC))
        );
    }

    function test_uniswapV2_PaysWhatTheReservesSay() external {
        Step[] memory steps = _steps();
        steps[1] = _v2(USDC, USDT);
        uint256 kept = uint256(1_010_000e6) * 997;
        uint256 outRaw = kept * 100_000_000e6 / (100_000_000e6 * 1000 + kept);
        CURVE.setPrice(2, 1, 1.01e18);
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.ProfitBelowMinimum.selector, LOAN - outRaw));
        _execute(_encode(_loan(IDepegExecutor.Lender.Morpho), steps, 0, BLOCK));
    }

    function test_uniswapV2_SwapsInBothDirections() external {
        Step[] memory steps = _steps();
        CURVE.setPrice(2, 1, 1.05e18);
        steps[1] = _v2(USDC, USDT);
        _run(_loan(IDepegExecutor.Lender.Morpho), steps, 1);
        steps[0] = _v2(USDT, USDC);
        steps[1] = _v3(V3_USDC_USDT, USDC, USDT);
        V3_USDC_USDT.setPrice(1.05e18);
        _run(_loan(IDepegExecutor.Lender.Morpho), steps, 1);
        _assertNothingHeld();
    }

    function test_uniswapV2_RevertsWhen_ThePairIsOfOtherTokens() external {
        Step[] memory steps = new Step[](2);
        steps[0] = _v2(USDT, DAI);
        steps[1] = _curve(DAI, USDT, 0, 2);
        vm.prank(OPERATOR);
        vm.expectRevert();
        _execute(_encode(_loan(IDepegExecutor.Lender.Morpho), steps, 0, BLOCK));
    }

    function test_uniswapV3_SwapsInBothDirections() external {
        Step[] memory steps = new Step[](2);
        steps[0] = _v3(V3_USDC_USDT, USDT, USDC);
        steps[1] = _v3(V3_USDC_USDT, USDC, USDT);
        V3_USDC_USDT.setPrice(1.01e18);
        vm.assertEq(_run(_loan(IDepegExecutor.Lender.Morpho), steps, 0), LOAN * 201 / 10_000);
        _assertNothingHeld();
    }

    function test_uniswapV3_RevertsWhen_ThePoolTakesOnlyPart() external {
        V3_USDC_USDT.setCapacity(1_000_000e6);
        _refuses(abi.encodeWithSelector(IDepegExecutor.PartialFill.selector, address(USDC), 10_000e6));
    }

    function test_litePsm_SwapsInBothDirections() external {
        Step[] memory steps = new Step[](2);
        steps[0] = _psm(DAI, USDC);
        steps[1] = _v3(V3_DAI_USDC, USDC, DAI);
        V3_DAI_USDC.setPrice(1.01e30);
        vm.assertEq(_run(_daiLoan(1_000e18), steps, 0), 10e18);
        steps[0] = _v3(V3_DAI_USDC, DAI, USDC);
        steps[1] = _psm(USDC, DAI);
        V3_DAI_USDC.setPrice(1.01e6);
        vm.assertEq(_run(_daiLoan(1_000e18), steps, 0), 10e18);
        _assertNothingHeld();
    }

    function test_litePsm_SendsDustToTheTreasury_Uncounted() external {
        Step[] memory steps = new Step[](2);
        steps[0] = _psm(DAI, USDC);
        steps[1] = _v3(V3_DAI_USDC, USDC, DAI);
        V3_DAI_USDC.setPrice(1.01e30);
        uint256 dust = 123_456_789_012;
        uint256 profitRaw = _run(_daiLoan(1_000e18 + dust), steps, 0);
        vm.assertEq(profitRaw, 10e18 - dust);
        vm.assertEq(DAI.balanceOf(TREASURY), 10e18);
        _assertNothingHeld();
    }

    function testFuzz_litePsm_BuysTheMostThatTheInputPaysFor(uint256 daiWad, uint256 feeWad) external {
        daiWad = _bound(daiWad, 2e12, 10_000_000e18);
        feeWad = _bound(feeWad, 0, 0.1e18);
        PSM.setFees({tinWad: 0, toutWad: feeWad});
        V3_DAI_USDC.setPrice(5e30);
        Step[] memory steps = new Step[](2);
        steps[0] = _psm(DAI, USDC);
        steps[1] = _v3(V3_DAI_USDC, USDC, DAI);
        uint256 before = USDC.balanceOf(address(PSM));
        _run(_daiLoan(daiWad), steps, 0);
        uint256 gemRaw = before - USDC.balanceOf(address(PSM));
        vm.assertLe(_priceOf(gemRaw, feeWad), daiWad);
        vm.assertLe(daiWad + 1, _priceOf(gemRaw + 1, feeWad));
        _assertNothingHeld();
    }

    function test_litePsm_RevertsWhen_PartOfTheAllowanceIsLeft() external {
        PSM.leaveUntaken(4);
        Step[] memory steps = new Step[](2);
        steps[0] = _psm(DAI, USDC);
        steps[1] = _v3(V3_DAI_USDC, USDC, DAI);
        _refuses(_daiLoan(1_000e18), steps, _leftAtPsm(address(DAI), 4));
        steps[0] = _v3(V3_DAI_USDC, DAI, USDC);
        steps[1] = _psm(USDC, DAI);
        V3_DAI_USDC.setPrice(1.01e6);
        _refuses(_daiLoan(1_000e18), steps, _leftAtPsm(address(USDC), 4));
    }

    function test_litePsm_RevertsWhen_BuyingIsHalted() external {
        PSM.setFees({tinWad: 0, toutWad: HALTED});
        Step[] memory steps = new Step[](2);
        steps[0] = _psm(DAI, USDC);
        steps[1] = _v3(V3_DAI_USDC, USDC, DAI);
        _refuses(_daiLoan(1_000e18), steps, abi.encodeWithSelector(IDepegExecutor.VenueHalted.selector, address(PSM)));
    }

    function testFuzz_routes_OfAllVenuesLeaveNothingBehind(uint256 amountRaw, uint8 lender) external {
        Loan memory loan = _loan(IDepegExecutor.Lender(lender % 3));
        loan.amountRaw = _bound(amountRaw, 1_000e6, 10_000_000e6);
        Step[] memory steps = new Step[](4);
        steps[0] = _v2(USDT, USDC);
        steps[1] = _psm(USDC, DAI);
        steps[2] = _curve(DAI, USDC, 0, 1);
        steps[3] = _v3(V3_USDC_USDT, USDC, USDT);
        V3_USDC_USDT.setPrice(1.5e18);
        uint256 profitRaw = _run(loan, steps, 1);
        vm.assertEq(USDT.balanceOf(TREASURY), profitRaw);
        _assertNothingHeld();
    }

    function _leftAtPsm(address token, uint256 leftRaw) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDepegExecutor.AllowanceLeft.selector, token, address(PSM), leftRaw);
    }

    function _daiLoan(uint256 amountRaw) private pure returns (Loan memory) {
        return Loan({lender: IDepegExecutor.Lender.Morpho, token: address(DAI), amountRaw: amountRaw});
    }

    function _priceOf(uint256 gemRaw, uint256 feeWad) private pure returns (uint256 daiWad) {
        daiWad = gemRaw * 1e12;
        daiWad += daiWad * feeWad / 1e18;
    }
}
