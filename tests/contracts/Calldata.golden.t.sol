// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../contracts/interfaces/IDepegExecutor.sol";
import {TokenDouble} from "./doubles/TokenDouble.sol";
import {ExecutorFixture} from "./support/ExecutorFixture.sol";

/// @notice Decodes and runs the calldata that the Python encoder wrote to `tests/golden/calldata`.
contract CalldataGoldenTest is ExecutorFixture {
    uint256 private constant MIN_PROFIT = 1_234_567;

    function test_golden_AaveCurveV3() external {
        bytes memory data = _load("aave_v3__curve__uniswap_v3");
        _assertSame(data, _loan(IDepegExecutor.Lender.AaveV3), _steps());
        _runs(data, USDT, GAIN - AAVE_FEE);
    }

    function test_golden_BalancerPsmV3() external {
        bytes memory data = _load("balancer_v2__lite_psm__uniswap_v3");
        IDepegExecutor.Loan memory loan = IDepegExecutor.Loan({
            lender: IDepegExecutor.Lender.BalancerV2, token: address(DAI), amountRaw: 1_000_000e18
        });
        IDepegExecutor.Step[] memory steps = new IDepegExecutor.Step[](2);
        steps[0] = _psm(DAI, USDC);
        (steps[0].coinIn, steps[0].coinOut) = (1, 0);
        steps[1] = _v3(V3_DAI_USDC, USDC, DAI);
        (steps[1].coinIn, steps[1].coinOut) = (1, 0);
        _assertSame(data, loan, steps);
        V3_DAI_USDC.setPrice(1.01e30);
        _runs(data, DAI, 10_000e18);
    }

    function test_golden_MorphoV2PsmCurve() external {
        bytes memory data = _load("morpho__uniswap_v2__lite_psm__curve");
        IDepegExecutor.Loan memory loan = _loan(IDepegExecutor.Lender.Morpho);
        loan.amountRaw = 500_000e6;
        IDepegExecutor.Step[] memory steps = new IDepegExecutor.Step[](3);
        steps[0] = _v2(USDT, USDC);
        (steps[0].coinIn, steps[0].coinOut) = (1, 0);
        steps[1] = _psm(USDC, DAI);
        steps[2] = _curve(DAI, USDT, 0, 2);
        _assertSame(data, loan, steps);
        uint256 kept = uint256(500_000e6) * 997;
        uint256 usdcRaw = kept * 100_000_000e6 / (100_000_000e6 * 1000 + kept);
        _runs(data, USDT, usdcRaw * 101 / 100 - 500_000e6);
    }

    function _load(string memory name) private view returns (bytes memory) {
        return vm.parseBytes(vm.trim(vm.readFile(string.concat("tests/golden/calldata/", name, ".hex"))));
    }

    /// @dev The same meaning, and the same bytes as this compiler writes.
    function _assertSame(bytes memory data, IDepegExecutor.Loan memory loan, IDepegExecutor.Step[] memory steps)
        private
        view
    {
        vm.assertEq(data, abi.encodeCall(executor.execute, (loan, steps, MIN_PROFIT, BLOCK)));
    }

    function _runs(bytes memory data, TokenDouble token, uint256 profitRaw) private {
        vm.prank(OPERATOR);
        (bool success, bytes memory answer) = address(executor).call(data);
        vm.assertTrue(success);
        vm.assertEq(abi.decode(answer, (uint256)), profitRaw);
        vm.assertEq(token.balanceOf(OWNER), profitRaw);
        _assertNothingHeld();
    }
}
