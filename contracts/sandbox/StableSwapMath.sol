// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Curve's StableSwap invariant, as the contracts round it
/// @notice Sandbox only. Sources: StableSwap paper (Egorov, 2019); rounding after curvefi/curve-contract
/// StableSwap3Pool.vy and SwapTemplateMeta.vy, and curvefi/stableswap-ng CurveStableSwapNG.vy.
/// @dev `ann` is A times the number of coins, A with its precision; `precision` is 1 or 100.
library StableSwapMath {
    uint256 private constant MAX_STEPS = 255;

    /// @notice Invariant D of balances scaled to 18 decimals; zero for an empty pool.
    /// @dev 3pool, whose A has no extra digits, takes an iteration that does not end as it is; the later pools revert.
    /// @param together NG divides by n ** n once, the classic pools by n at every coin.
    function invariant(uint256[] memory xp, uint256 ann, uint256 precision, bool together)
        internal
        pure
        returns (uint256 d)
    {
        uint256 n = xp.length;
        uint256 sum;
        for (uint256 k; k < n; ++k) {
            sum += xp[k];
        }
        d = sum;
        if (sum == 0) return 0;
        for (uint256 step; step < MAX_STEPS; ++step) {
            uint256 product = d;
            for (uint256 k; k < n; ++k) {
                product = product * d / (together ? xp[k] : xp[k] * n);
            }
            if (together) product /= n ** n;
            uint256 before = d;
            uint256 numerator = (ann * sum / precision + product * n) * d;
            d = numerator / ((ann - precision) * d / precision + (n + 1) * product);
            if (_near(d, before)) return d;
        }
        require(precision == 1);
    }

    /// @notice Balance of coin `j` on the curve once coin `i` is at `x`.
    function balanceAfter(
        uint256[2] memory coins, // i, j
        uint256 x,
        uint256[] memory xp,
        uint256[3] memory curve // ann, precision, d
    )
        internal
        pure
        returns (uint256)
    {
        (uint256 i, uint256 j) = (coins[0], coins[1]);
        require(i != j && i < xp.length && j < xp.length);
        uint256[] memory others = new uint256[](xp.length - 1);
        uint256 count;
        for (uint256 k; k < xp.length; ++k) {
            if (k != j) others[count++] = k == i ? x : xp[k];
        }
        return _solve(others, curve);
    }

    /// @notice Balance of coin `i` on the curve of a smaller invariant, the other coins as they are.
    function balanceAt(uint256 i, uint256[] memory xp, uint256[3] memory curve) internal pure returns (uint256) {
        require(i < xp.length);
        uint256[] memory others = new uint256[](xp.length - 1);
        uint256 count;
        for (uint256 k; k < xp.length; ++k) {
            if (k != i) others[count++] = xp[k];
        }
        return _solve(others, curve);
    }

    function _solve(uint256[] memory others, uint256[3] memory curve) private pure returns (uint256 y) {
        (uint256 ann, uint256 precision, uint256 d) = (curve[0], curve[1], curve[2]);
        uint256 n = others.length + 1;
        uint256 c = d;
        uint256 sum;
        for (uint256 k; k < others.length; ++k) {
            sum += others[k];
            c = c * d / (others[k] * n);
        }
        c = c * d * precision / (ann * n);
        uint256 b = sum + d * precision / ann;
        y = d;
        for (uint256 step; step < MAX_STEPS; ++step) {
            uint256 before = y;
            y = (y * y + c) / (2 * y + b - d);
            if (_near(y, before)) return y;
        }
        revert();
    }

    function _near(uint256 left, uint256 right) private pure returns (bool) {
        return left > right ? left - right <= 1 : right - left <= 1;
    }
}
