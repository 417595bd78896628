// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../../contracts/interfaces/IDepegExecutor.sol";
import {Hijacker} from "../exploits/world/Hijacker.sol";
import {ExploitActs} from "../support/ExploitActs.sol";

/// @notice What anybody may do, in any order: the operator runs plans, prices move, strangers knock, interfere and leave
/// tokens behind, the owner does its work. Nothing here reverts; what must not happen is counted.
contract ThievesHandler is ExploitActs {
    uint256 public plansRun; // that succeeded
    uint256 public plansRefused;
    uint256 public intrusions; // calls of strangers that succeeded
    uint256 public shortPlans; // plans that succeeded and earned less than their minimum
    uint256 public leftUsdt; // stray tokens that should still be here
    uint256 public leftUsdc;
    uint256 public treasuryUsdt; // what the treasury should have at least
    uint256 public tipsWei;

    address internal constant BUILDER = address(0x0b0b);

    constructor() {
        setUp();
        more.coinbase(BUILDER);
    }

    function runPlan(uint256 at, uint256 loanRaw, uint256 minProfitRaw, uint256 tipBps) external {
        at %= PLANS;
        loanRaw = _bound(loanRaw, 1, 2 * LOAN);
        minProfitRaw = _bound(minProfitRaw, 0, loanRaw / 20);
        tipBps %= 20_002;
        uint256[] memory words = _withMinimum(_words(at, loanRaw), minProfitRaw);
        if (tipBps <= 10_001) words = _withTip(words, tipBps, type(uint128).max);
        uint256 before = USDT.balanceOf(TREASURY) + BUILDER.balance;
        (bool success, bytes memory answer) = _operate(_calldata(words));
        if (!success) {
            ++plansRefused;
            return;
        }
        ++plansRun;
        uint256 profitRaw = abi.decode(answer, (uint256));
        if (profitRaw < minProfitRaw) ++shortPlans;
        uint256 keptRaw = tipBps <= 10_000 ? profitRaw - profitRaw * tipBps / 10_000 : profitRaw;
        if (USDT.balanceOf(TREASURY) + BUILDER.balance < before + keptRaw) ++shortPlans;
        treasuryUsdt += keptRaw;
    }

    /// @dev Somebody else trades.
    function movePrices(uint256 curveWad, uint256 dearWad, uint256 parWad) external {
        CURVE.setPrice(2, 1, _bound(curveWad, 0.9e18, 1.1e18));
        CURVE.setPrice(1, 2, _bound(curveWad >> 128, 0.9e18, 1.1e18));
        dearPool.setPrice(_bound(dearWad, 0.9e18, 1.1e18));
        V4.setPrice(address(USDC), address(USDT), uint24(DEAR), _bound(dearWad >> 128, 0.9e18, 1.1e18));
        parPool.setPrice(_bound(parWad, 0.99e18, 1.01e18));
    }

    /// @dev Anybody calls anything, with any words.
    function knock(address caller, uint256 door, uint256 at, bytes calldata noise) external {
        if (caller == OPERATOR || caller == OWNER || caller == address(WETH) || caller == address(0)) return;
        bytes[] memory calls = door % 2 == 0 ? _doors(noise) : _doors(_lastContext(at));
        vm.prank(caller);
        (bool success,) = address(executor).call(calls[(door >> 8) % calls.length]);
        if (success) ++intrusions;
    }

    /// @dev From now on a thief has control in the middle of plans, and knows what a lender or pool was given last.
    function infiltrate(uint256 where, uint256 at) external {
        bytes[] memory calls = _doors(_lastContext(at));
        bytes[] memory some = new bytes[](4);
        for (uint256 pick = 0; pick < some.length; ++pick) {
            some[pick] = calls[(at >> (8 + 8 * pick)) % calls.length];
        }
        thief.aim(address(executor), some);
        USDT.setHook(where % 2 == 0 ? address(thief) : address(0));
        USDC.setHook(where % 3 == 0 ? address(thief) : address(0));
        CURVE.setHook(where % 5 == 0 ? address(thief) : address(0));
    }

    /// @dev Tokens that somebody sent here by mistake.
    function leaveBehind(uint256 usdtRaw, uint256 usdcRaw) external {
        usdtRaw %= LOAN;
        usdcRaw %= LOAN;
        USDT.mint(address(executor), usdtRaw);
        USDC.mint(address(executor), usdcRaw);
        (leftUsdt, leftUsdc) = (leftUsdt + usdtRaw, leftUsdc + usdcRaw);
    }

    function withdraw() external {
        vm.prank(OWNER);
        executor.withdraw(address(USDT));
        treasuryUsdt += leftUsdt;
        leftUsdt = 0;
    }

    function pauseOrResume(bool paused) external {
        vm.prank(OWNER);
        if (paused) executor.pause();
        else executor.resume();
    }

    // ------------------------------------------------------------- what the invariants ask

    function stolen() external view returns (uint256) {
        return thief.successes() + intrusions;
    }

    function strangersHave() external view returns (uint256 sum) {
        address[3] memory nobodies = [address(thief), OPERATOR, OWNER];
        for (uint256 at = 0; at < nobodies.length; ++at) {
            sum += USDT.balanceOf(nobodies[at]) + USDC.balanceOf(nobodies[at]) + DAI.balanceOf(nobodies[at])
            + WETH.balanceOf(nobodies[at]) + nobodies[at].balance;
        }
    }

    function lendersAreWhole() external view returns (bool) {
        for (uint256 at = 0; at < 5; ++at) {
            if (USDT.balanceOf(address(_lenders()[at])) < DEEP) return false;
            if (USDC.balanceOf(address(_lenders()[at])) < DEEP) return false;
        }
        return true;
    }

    function here() external view returns (uint256 usdtRaw, uint256 usdcRaw, uint256 otherRaw) {
        otherRaw = DAI.balanceOf(address(executor)) + WETH.balanceOf(address(executor)) + address(executor).balance;
        return (USDT.balanceOf(address(executor)), USDC.balanceOf(address(executor)), otherRaw);
    }

    function treasuryHas() external view returns (uint256) {
        return USDT.balanceOf(TREASURY);
    }

    function requireNothingAllowed() external view {
        _assertNothingAllowed(USDT);
        _assertNothingAllowed(USDC);
        _assertNothingAllowed(DAI);
    }

    /// @dev No word of a run is left: the owner's withdrawal is possible, which a running plan forbids.
    function isFree() external returns (bool free) {
        vm.prank(OWNER);
        (free,) = address(executor).call(abi.encodeCall(IDepegExecutor.withdraw, (address(DAI))));
    }

    function _lastContext(uint256 at) private view returns (bytes memory) {
        at %= 8;
        if (at < 5) return _lenders()[at].lastData();
        return at == 5 ? parPool.lastData() : at == 6 ? sushi.lastData() : V4.lastData();
    }
}
