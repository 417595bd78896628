// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TestBase} from "../support/TestBase.sol";
import {ThievesHandler} from "./ThievesHandler.sol";

/// @notice What holds after any history of plans, prices, strangers and owners.
contract ThievesInvariantTest is TestBase {
    ThievesHandler internal handler;

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function setUp() external {
        handler = new ThievesHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](10);
        selectors[0] = handler.runPlan.selector;
        selectors[1] = handler.runPlan.selector;
        selectors[2] = handler.runPlan.selector;
        selectors[3] = handler.movePrices.selector;
        selectors[4] = handler.knock.selector;
        selectors[5] = handler.knock.selector;
        selectors[6] = handler.infiltrate.selector;
        selectors[7] = handler.leaveBehind.selector;
        selectors[8] = handler.withdraw.selector;
        selectors[9] = handler.pauseOrResume.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(handler), selectors);
    }

    /// @dev One campaign for all of them: each costs as much as the rest together.
    function invariant_nobodyButTheTreasuryGains_AndNothingIsLeft() external {
        _nothingIsExtractableByAStranger();
        _allowancesAreZeroBetweenTransactions();
        _noRunIsLeftBetweenTransactions();
        _everyPlanEarnsItsMinimumOrReverts();
        _onlyTheTreasuryReceives_AndStrayTokensStay();
    }

    function _nothingIsExtractableByAStranger() private view {
        vm.assertEq(handler.stolen(), 0, "somebody came in");
        vm.assertEq(handler.strangersHave(), 0, "somebody has some");
        vm.assertTrue(handler.lendersAreWhole());
    }

    function _allowancesAreZeroBetweenTransactions() private view {
        handler.requireNothingAllowed();
    }

    function _noRunIsLeftBetweenTransactions() private {
        vm.assertTrue(handler.isFree());
    }

    function _everyPlanEarnsItsMinimumOrReverts() private view {
        vm.assertEq(handler.shortPlans(), 0, "a plan came short");
    }

    function _onlyTheTreasuryReceives_AndStrayTokensStay() private view {
        (uint256 usdtRaw, uint256 usdcRaw, uint256 otherRaw) = handler.here();
        vm.assertEq(usdtRaw, handler.leftUsdt(), "USDT here");
        vm.assertEq(usdcRaw, handler.leftUsdc(), "USDC here");
        vm.assertEq(otherRaw, 0, "other tokens here");
        vm.assertTrue(handler.treasuryHas() >= handler.treasuryUsdt());
    }
}
