// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PlanWords} from "../libraries/PlanWords.sol";
import {Tokens} from "../libraries/Tokens.sol";
import {BalancerV2Pools} from "../libraries/venues/BalancerV2Pools.sol";
import {Curve} from "../libraries/venues/Curve.sol";
import {DaiUsds} from "../libraries/venues/DaiUsds.sol";
import {Erc4626} from "../libraries/venues/Erc4626.sol";
import {GhoGsm} from "../libraries/venues/GhoGsm.sol";
import {MakerPsm} from "../libraries/venues/MakerPsm.sol";
import {UniswapV2} from "../libraries/venues/UniswapV2.sol";
import {UniswapV3} from "../libraries/venues/UniswapV3.sol";
import {AllowList} from "./AllowList.sol";
import {Roles} from "./Roles.sol";

/// @notice From a step's word to the venue's library.
abstract contract Venues is AllowList, Roles {
    using PlanWords for uint256;

    uint256 internal constant CURVE = uint256(Venue.Curve);
    uint256 internal constant V2 = uint256(Venue.UniswapV2);
    uint256 internal constant V3 = uint256(Venue.UniswapV3);
    uint256 internal constant V4 = uint256(Venue.UniswapV4);
    uint256 internal constant CURVE_RECEIVED = uint256(Venue.CurveReceived);

    /// @dev A swap that takes `inRaw` from this contract, and pays it. Returns what the balance says it paid.
    function _swapByHand(uint256 step, uint256 inRaw) internal returns (uint256 outRaw) {
        address tokenOut = _token(step.tokenOut());
        uint256 before = Tokens.balance(tokenOut);
        _dispatch(step, _token(step.tokenIn()), tokenOut, inRaw);
        uint256 afterwards = Tokens.balance(tokenOut);
        if (afterwards <= before) revert NothingReceived(tokenOut);
        return afterwards - before;
    }

    function _dispatch(uint256 step, address tokenIn, address tokenOut, uint256 inRaw) private {
        uint256 kind = step.kind();
        if (kind == CURVE) Curve.swap(_targetAddress(step.x()), tokenIn, step.y(), step.z(), inRaw);
        else if (kind == uint256(Venue.CurveUnderlying)) _curveUnderlying(step, tokenIn, inRaw);
        else if (kind == CURVE_RECEIVED) _curveReceived(step, tokenIn, inRaw);
        else if (kind == uint256(Venue.LitePsm)) _peg(step, _targetAddress(step.x()), tokenIn, inRaw);
        else if (kind == uint256(Venue.MakerPsm)) _peg(step, _targetAddress(step.z()), tokenIn, inRaw);
        else if (kind == uint256(Venue.BalancerV2)) BalancerV2Pools.swap(_target(step.x()), tokenIn, tokenOut, inRaw);
        else if (kind == uint256(Venue.BalancerV2Batch)) _balancerTwice(step, tokenIn, tokenOut, inRaw);
        else if (kind == uint256(Venue.DaiUsds)) _daiUsds(step, tokenIn, inRaw);
        else if (kind == uint256(Venue.GhoGsm)) _gsm(step, tokenIn, inRaw);
        else if (kind == uint256(Venue.Erc4626)) _vault(step, tokenIn, tokenOut, inRaw);
        else revert StepNotAllowed(kind);
    }

    function _curveUnderlying(uint256 step, address tokenIn, uint256 inRaw) private {
        Curve.swapUnderlying(_targetAddress(step.x()), tokenIn, step.y(), step.z(), inRaw);
    }

    function _curveReceived(uint256 step, address tokenIn, uint256 inRaw) private {
        address pool = _targetAddress(step.x());
        Tokens.send(tokenIn, pool, inRaw);
        Curve.swapReceived(pool, step.y(), step.z(), inRaw, address(this));
    }

    /// @param puller Pulls the gem: the gem join of the old module, the new one itself.
    function _peg(uint256 step, address puller, address tokenIn, uint256 inRaw) private {
        address psm = _targetAddress(step.x());
        if (step.y() == 0) MakerPsm.sellGem(psm, puller, tokenIn, inRaw);
        else MakerPsm.buyGem(psm, tokenIn, inRaw, TREASURY);
    }

    function _daiUsds(uint256 step, address tokenIn, uint256 wad) private {
        DaiUsds.swap({converter: _targetAddress(step.x()), tokenIn: tokenIn, fromDai: step.y() == 0, wad: wad});
    }

    function _gsm(uint256 step, address tokenIn, uint256 inRaw) private {
        address gsm = _targetAddress(step.x());
        if (step.y() == 0) GhoGsm.sellAsset(gsm, tokenIn, inRaw);
        else GhoGsm.buyAsset(gsm, tokenIn, inRaw, TREASURY);
    }

    function _vault(uint256 step, address tokenIn, address tokenOut, uint256 inRaw) private {
        if (step.y() == 0) Erc4626.deposit(tokenOut, tokenIn, inRaw);
        else Erc4626.redeem(tokenIn, inRaw);
    }

    function _balancerTwice(uint256 step, address tokenIn, address tokenOut, uint256 inRaw) private {
        address[] memory path = new address[](3);
        (path[0], path[1], path[2]) = (tokenIn, _token(step.z()), tokenOut);
        BalancerV2Pools.swapTwice([_target(step.x()), _target(step.y())], path, inRaw);
    }

    function _v2Pair(uint256 step) internal view returns (address pair, bool zeroForOne) {
        address tokenIn = _token(step.tokenIn());
        address tokenOut = _token(step.tokenOut());
        return (UniswapV2.pairOf(step.x(), tokenIn, tokenOut), tokenIn < tokenOut);
    }

    /// @param amountRaw Exact input if positive, exact output if negative.
    function _swapV3(uint256 step, int256 amountRaw, address to, bytes memory context)
        internal
        returns (uint256 inRaw, uint256 outRaw)
    {
        address tokenIn = _token(step.tokenIn());
        address tokenOut = _token(step.tokenOut());
        address pool = UniswapV3.poolOf(tokenIn, tokenOut, step.feePips());
        (inRaw, outRaw) = UniswapV3.swap(pool, tokenIn < tokenOut, amountRaw, to, context);
    }
}
