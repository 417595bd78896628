// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ExploitActs} from "../support/ExploitActs.sol";

/// @notice Every route and lender, at any size, price and minimum.
contract RoutesFuzzTest is ExploitActs {
    address internal constant BUILDER = address(0x0b0b);

    function testFuzz_plan_EarnsItsMinimum_OrChangesNothing(
        uint256 at,
        uint256 loanRaw,
        uint256 minProfitRaw,
        uint256 curveWad,
        uint256 dearWad
    ) external {
        loanRaw = _bound(loanRaw, 1, 100 * LOAN);
        minProfitRaw = _bound(minProfitRaw, 0, loanRaw / 10);
        _setPrices(curveWad, dearWad);
        uint256 before = USDT.balanceOf(TREASURY);
        (bool success, bytes memory answer) =
            _operate(_calldata(_withMinimum(_words(at % PLANS, loanRaw), minProfitRaw)));
        uint256 gainRaw = USDT.balanceOf(TREASURY) - before;
        if (success) {
            vm.assertEq(gainRaw, abi.decode(answer, (uint256)));
            vm.assertTrue(gainRaw >= minProfitRaw);
        } else {
            vm.assertEq(gainRaw, 0);
        }
        _assertNothingStolen();
    }

    /// @dev The tip never takes more than its share, its cap, or the profit.
    function testFuzz_tip_IsAtMostItsShare(uint256 at, uint256 loanRaw, uint256 shareBps, uint256 capWei) external {
        more.coinbase(BUILDER);
        loanRaw = _bound(loanRaw, 1e6, 10 * LOAN);
        shareBps = _bound(shareBps, 0, 10_000);
        capWei = _bound(capWei, 0, type(uint128).max);
        at %= PLANS;
        (bool success, bytes memory answer) = _operate(_calldata(_withTip(_words(at, loanRaw), shareBps, capWei)));
        if (!success) return;
        uint256 profitRaw = abi.decode(answer, (uint256));
        uint256 shareRaw = profitRaw * shareBps / 10_000;
        vm.assertEq(USDT.balanceOf(TREASURY), profitRaw - shareRaw);
        vm.assertTrue(BUILDER.balance <= capWei);
        vm.assertEq(BUILDER.balance + WETH.balanceOf(TREASURY), shareRaw * (1e36 / uint256(3_000e6)) / 1e18);
        _assertNothingStolen();
    }

    function _setPrices(uint256 curveWad, uint256 dearWad) private {
        CURVE.setPrice(2, 1, _bound(curveWad, 0.9e18, 1.1e18));
        CURVE.setPrice(1, 2, _bound(curveWad >> 128, 0.9e18, 1.1e18));
        dearPool.setPrice(_bound(dearWad, 0.9e18, 1.1e18));
        V4.setPrice(address(USDC), address(USDT), uint24(DEAR), _bound(dearWad >> 128, 0.9e18, 1.1e18));
    }
}
