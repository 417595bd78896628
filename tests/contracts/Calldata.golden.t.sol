// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../contracts/interfaces/IDepegExecutor.sol";
import {PlanWords} from "../../contracts/libraries/PlanWords.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice Reads with the executor's own decoder what the Python encoder wrote to `tests/golden/calldata`.
/// @dev That such plans run is shown on real bytecode, in `tests/integration`. Tokens and targets are places on the
/// mainnet lists: USDC 0, USDT 1, DAI 2, WETH 4; Curve 0, LitePSM 2, DssFlash 3.
contract CalldataGoldenTest is TestBase {
    using PlanWords for uint256;

    uint256 private constant MIN_PROFIT = 1_234_567;
    uint256 private constant MAX_BLOCK = 100;
    uint256 private constant PARENT = 0x0123456789abcdef;
    uint256 private constant EXACT = uint256(IDepegExecutor.AmountMode.Exact);
    uint256 private constant SHARE = uint256(IDepegExecutor.AmountMode.Share);
    uint256 private constant ALL = uint256(IDepegExecutor.AmountMode.All);

    function test_golden_PullCurveV3() external view {
        uint256[] memory words = _load("pull__curve__uniswap_v3");
        vm.assertEq(words.length, 3);
        _assertHead(words[0], IDepegExecutor.Mode.Pull, 1, 0, 0);
        _assertStep(words[1], uint256(IDepegExecutor.Venue.Curve), 1, 0, 1e12, EXACT);
        _assertBytes(words[1], 0, 2, 1);
        _assertStep(words[2], uint256(IDepegExecutor.Venue.UniswapV3), 0, 1, 999e9, EXACT);
        vm.assertEq(words[2].feePips(), 100);
    }

    function test_golden_PullWithParentAndTip() external view {
        uint256[] memory words = _load("pull__lite_psm__uniswap_v3__uniswap_v2__tip");
        vm.assertEq(words.length, 7);
        _assertHead(words[0], IDepegExecutor.Mode.Pull, 0, 2, PARENT);
        _assertStep(words[1], uint256(IDepegExecutor.Venue.LitePsm), 0, 2, 1e12, EXACT);
        _assertBytes(words[1], 2, 0, 0);
        _assertStep(words[2], uint256(IDepegExecutor.Venue.UniswapV3), 2, 0, 1e24, EXACT);
        _assertStep(words[3], uint256(IDepegExecutor.Venue.UniswapV2), 0, 1, 1e12, EXACT);
        _assertStep(words[4], uint256(IDepegExecutor.Venue.UniswapV2), 1, 0, 1e12, EXACT);
        vm.assertEq(words[5].shareBps(), 9_000);
        vm.assertEq(words[5].capWei(), 1e18);
        _assertStep(words[6], uint256(IDepegExecutor.Venue.UniswapV2), 0, 4, 0, ALL);
    }

    function test_golden_PullLedgerKeepsTheSignOfTheSpacing() external view {
        uint256[] memory words = _load("pull_ledger__uniswap_v4__uniswap_v3");
        _assertHead(words[0], IDepegExecutor.Mode.PullLedger, 1, 0, 0);
        _assertStep(words[1], uint256(IDepegExecutor.Venue.UniswapV4), 1, 0, 1e12, EXACT);
        vm.assertEq(words[1].feePips(), 10);
        vm.assertEq(int256(words[1].tickSpacing()), -1);
    }

    function test_golden_PushLoansThenSplitAndJoin() external view {
        uint256[] memory words = _load("push__two_loans__split__join");
        vm.assertEq(words.length, 8);
        _assertHead(words[0], IDepegExecutor.Mode.Push, 0, 0, 0);
        _assertStep(words[1], _lender(IDepegExecutor.Lender.Morpho), 0, 0, 2e12, EXACT);
        _assertStep(words[2], _lender(IDepegExecutor.Lender.Erc3156), 2, 0, 1e24, EXACT);
        _assertBytes(words[2], 3, 1, 0);
        _assertStep(words[3], _lender(IDepegExecutor.Lender.UniswapV3), 0, 1, 3, EXACT);
        vm.assertEq(words[3].feePips(), 100);
        _assertStep(words[4], uint256(IDepegExecutor.Venue.Curve), 0, 1, 3_500, SHARE);
        _assertStep(words[5], uint256(IDepegExecutor.Venue.UniswapV2), 0, 1, 0, ALL);
        _assertStep(words[6], uint256(IDepegExecutor.Venue.LitePsm), 2, 0, 1e24, EXACT);
        _assertBytes(words[6], 2, 1, 0);
        _assertStep(words[7], uint256(IDepegExecutor.Venue.UniswapV3), 1, 0, 0, ALL);
    }

    function _load(string memory name) private view returns (uint256[] memory words) {
        bytes memory data = vm.parseBytes(vm.trim(vm.readFile(string.concat("tests/golden/calldata/", name, ".hex"))));
        vm.assertTrue(bytes4(data) == IDepegExecutor.execute.selector);
        words = new uint256[]((data.length - 4) / 32);
        for (uint256 at = 0; at < words.length; ++at) {
            uint256 word;
            assembly ("memory-safe") {
                word := mload(add(add(data, 36), mul(at, 32)))
            }
            words[at] = word;
        }
    }

    function _assertHead(uint256 head, IDepegExecutor.Mode mode, uint256 token, uint256 tipWords, uint256 parent)
        private
        pure
    {
        vm.assertEq(head.mode(), uint256(mode));
        vm.assertEq(head.token(), token);
        vm.assertEq(head.tipWords(), tipWords);
        vm.assertEq(head.maxBlock(), MAX_BLOCK);
        vm.assertEq(head.parent(), parent);
        vm.assertEq(head.minProfitRaw(), MIN_PROFIT);
    }

    function _assertStep(uint256 step, uint256 kind, uint256 tokenIn, uint256 tokenOut, uint256 amount, uint256 takes)
        private
        pure
    {
        vm.assertEq(step.kind(), kind);
        vm.assertEq(step.tokenIn(), tokenIn);
        vm.assertEq(step.tokenOut(), tokenOut);
        vm.assertEq(step.amount(), amount);
        vm.assertEq(step.amountMode(), takes);
    }

    function _assertBytes(uint256 step, uint256 x, uint256 y, uint256 z) private pure {
        vm.assertEq(step.x(), x);
        vm.assertEq(step.y(), y);
        vm.assertEq(step.z(), z);
    }

    function _lender(IDepegExecutor.Lender lender) private pure returns (uint256) {
        return PlanWords.LOAN + uint256(lender);
    }
}
