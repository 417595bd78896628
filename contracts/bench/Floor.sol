// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bench, IManager} from "./Bench.sol";

/// @notice One route with every address and amount burnt in, unchecked: what the executor's generality is measured
/// against. T is the token that is earned, M the one in between.
abstract contract Floor is Bench {
    struct Route {
        address tokenT;
        address tokenM;
        address treasury;
        address third; // the token between the second and the third pool, if there are three
        address first; // pool that sells M
        address second; // the pool between, if there are three
        address last; // pool that sells T
        uint24 feeFirst;
        int24 spacingFirst;
        uint24 feeLast;
        int24 spacingLast;
        uint8 coinIn; // positions in a Curve pool
        uint8 coinOut;
        uint256 inRaw; // T into the first pool
        uint256 shareRaw; // what the second pool takes in three legs, and pays in a split
        uint256 middleRaw; // into the last pool
        uint256 outRaw; // T from the last pool
    }

    address internal immutable T;
    address internal immutable M;
    address internal immutable TREASURY;
    address internal immutable THIRD;
    address internal immutable FIRST;
    address internal immutable SECOND;
    address internal immutable LAST;
    bool internal immutable ZERO; // T sorts before M
    uint24 internal immutable FEE_FIRST;
    int24 internal immutable SPACING_FIRST;
    uint24 internal immutable FEE_LAST;
    int24 internal immutable SPACING_LAST;
    int128 internal immutable COIN_IN;
    int128 internal immutable COIN_OUT;
    uint256 internal immutable IN;
    uint256 internal immutable SHARE;
    uint256 internal immutable MIDDLE;
    uint256 internal immutable OUT;
    uint256 internal immutable PROFIT;

    constructor(Route memory r) {
        (T, M, THIRD, TREASURY) = (r.tokenT, r.tokenM, r.third, r.treasury);
        (FIRST, SECOND, LAST) = (r.first, r.second, r.last);
        ZERO = r.tokenT < r.tokenM;
        (FEE_FIRST, SPACING_FIRST) = (r.feeFirst, r.spacingFirst);
        (FEE_LAST, SPACING_LAST) = (r.feeLast, r.spacingLast);
        (COIN_IN, COIN_OUT) = (int128(uint128(r.coinIn)), int128(uint128(r.coinOut)));
        (IN, SHARE, MIDDLE, OUT) = (r.inRaw, r.shareRaw, r.middleRaw, r.outRaw);
        PROFIT = r.outRaw - r.inRaw;
    }

    /// @notice Runs the route and sends the profit to the treasury.
    function go() external virtual;

    function _v4(bool zeroForOne, uint24 fee, int24 spacing, uint256 amountRaw) internal {
        MANAGER.swap(
            IManager.Key(ZERO ? T : M, ZERO ? M : T, fee, spacing, address(0)),
            IManager.Order(zeroForOne, -int256(amountRaw), _limit(zeroForOne)),
            ""
        );
    }
}
