// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IWETH} from "../interfaces/external/IWETH.sol";
import {Held} from "../libraries/Held.sol";
import {PlanMemory} from "../libraries/PlanMemory.sol";
import {PlanWords} from "../libraries/PlanWords.sol";
import {Tokens} from "../libraries/Tokens.sol";
import {PushProgram} from "./PushProgram.sol";

/// @notice The builder's share of a realised profit, paid in ether after everything else.
abstract contract Tip is PushProgram {
    using PlanMemory for bytes;
    using PlanWords for uint256;

    address internal constant WETH = 0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2;
    uint256 private constant TIP_GAS = 30_000; // enough for a contract that forwards or logs, little to burn

    /// @dev With the profit here: sends the treasury its part, turns the rest into ether, and pays it.
    function _tip(uint256 head, uint256 profitRaw) internal {
        bytes memory plan = msg.data[msg.data.length - 32 * head.tipWords():];
        uint256 tip = plan.head();
        if (tip.shareBps() > BPS) revert BadTip();
        uint256 shareRaw = profitRaw * tip.shareBps() / BPS;
        Tokens.send(_token(head.token()), TREASURY, profitRaw - shareRaw);
        _payCoinbase(_toEther(plan, head.token(), shareRaw, tip.capWei()));
    }

    function _toEther(bytes memory plan, uint256 token, uint256 shareRaw, uint256 capWei) private returns (uint256) {
        uint256 weth = plan.isDone() ? token : plan.last().tokenOut();
        if (_token(weth) != WETH) revert BadTip();
        plan.setHead(token << 8 | PUSH);
        Held.set(token, shareRaw);
        _swapAll(plan);
        uint256 madeWei = Held.amount(weth);
        uint256 tipWei = madeWei < capWei ? madeWei : capWei;
        Held.set(weth, madeWei - tipWei);
        _clearToken(token);
        _clear(plan, token);
        if (tipWei != 0) IWETH(WETH).withdraw(tipWei);
        return tipWei;
    }

    function _payCoinbase(uint256 tipWei) private {
        if (tipWei == 0) return;
        address builder = block.coinbase;
        bool accepted;
        assembly ("memory-safe") {
            accepted := call(TIP_GAS, builder, tipWei, 0, 0, 0, 0) // whatever it returns is not copied
        }
        if (!accepted) revert TipRefused(builder, tipWei);
    }
}
