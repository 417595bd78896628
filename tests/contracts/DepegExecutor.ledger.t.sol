// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../contracts/interfaces/IDepegExecutor.sol";
import {ExploitActs} from "./support/ExploitActs.sol";

/// @notice Longer routes in the ledger of Uniswap IN_LEDGER, where payments to the PoolManager happen inside one another.
contract DepegExecutorLedgerTest is ExploitActs {
    uint256 private constant V2 = uint256(IDepegExecutor.Venue.UniswapV2);
    uint256 private constant V3 = uint256(IDepegExecutor.Venue.UniswapV3);
    uint256 private constant IN_LEDGER = uint256(IDepegExecutor.Venue.UniswapV4);
    uint256 private constant RECEIVED = uint256(IDepegExecutor.Venue.CurveReceived);
    uint256 private constant BY_HAND = uint256(IDepegExecutor.Venue.Curve);

    function test_ledger_PaysThroughV3_WithinAPaymentThroughV3() external {
        _earnsOf(_route(_firstLeg(V3, PAR), _leg(IN_LEDGER, DEAR, 0), _firstLeg(V3, DEAR)));
    }

    function test_ledger_PaysThroughV2_WithinAPaymentThroughV3() external {
        _earnsOf(_route(_firstLeg(V2, 1), _leg(IN_LEDGER, DEAR, 0), _firstLeg(V3, PAR)));
    }

    function test_ledger_PaysThroughV3_WithinAPaymentThroughV2() external {
        _earnsOf(_route(_firstLeg(V3, PAR), _leg(IN_LEDGER, DEAR, 0), _firstLeg(V2, 1)));
    }

    function test_ledger_PaysThroughCurve_WithinAPaymentThroughV3() external {
        uint256 byHand = _step(BY_HAND, USDT_AT, USDC_AT, CURVE_AT | 2 << 8 | 1 << 16, 0, LOAN + 2);
        _earnsOf(_route(byHand, _leg(IN_LEDGER, DEAR, 0), _firstLeg(V3, DEAR)));
        uint256 received = _step(RECEIVED, USDT_AT, USDC_AT, NG_AT | 2 << 8 | 1 << 16, 0, LOAN + 2);
        _earnsOf(_route(received, _leg(IN_LEDGER, DEAR, 0), _firstLeg(V3, DEAR)));
    }

    function _earnsOf(uint256[] memory words) private {
        uint256 before = USDT.balanceOf(TREASURY);
        _earns(_calldata(words));
        vm.assertTrue(USDT.balanceOf(TREASURY) > before);
    }

    /// @dev Four legs from USDT to USDC and back, twice; the last one, in the ledger, pays 1.01 USDT for a USDC.
    function _route(uint256 first, uint256 second, uint256 third) private pure returns (uint256[] memory words) {
        words = new uint256[](5);
        words[0] = _head(IDepegExecutor.Mode.PullLedger);
        (words[1], words[2], words[3]) = (first, second, third);
        words[4] = _leg(IN_LEDGER, DEAR, LOAN);
    }
}
