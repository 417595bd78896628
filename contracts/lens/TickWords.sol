// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Bitmap words of initialised ticks, as Uniswap V3 and V4 keep them.
library TickWords {
    int24 private constant LOWEST_TICK = -887272;
    int24 private constant HIGHEST_TICK = 887272;
    int256 private constant TICKS_PER_WORD = 256;

    /// @dev Words to scan around `tick`, cut to those that the tick range reaches.
    function around(int256 tick, int256 spacing, int256 eachSide) internal pure returns (int256 first, int256 last) {
        int256 current = _floorDiv(_floorDiv(tick, spacing), TICKS_PER_WORD);
        int256 lowest = _floorDiv(LOWEST_TICK / spacing, TICKS_PER_WORD);
        int256 highest = _floorDiv(HIGHEST_TICK / spacing, TICKS_PER_WORD);
        first = current - eachSide > lowest ? current - eachSide : lowest;
        last = current + eachSide < highest ? current + eachSide : highest;
    }

    /// @dev Lowest and highest tick that words `first` to `last` tell about.
    function edges(int256 first, int256 last, int256 spacing) internal pure returns (int24 lowest, int24 highest) {
        lowest = _clamp(first * TICKS_PER_WORD * spacing);
        highest = _clamp((last + 1) * TICKS_PER_WORD * spacing - 1);
    }

    /// @dev Initialised ticks of consecutive words, the first of them number `first`.
    function ticks(uint256[] memory words, int256 first, int256 spacing) internal pure returns (int24[] memory found) {
        uint256 count = 0;
        for (uint256 at = 0; at < words.length; ++at) {
            for (uint256 bits = words[at]; bits != 0; bits &= bits - 1) {
                ++count;
            }
        }
        found = new int24[](count);
        uint256 filled = 0;
        for (uint256 at = 0; at < words.length; ++at) {
            int256 base = (first + int256(at)) * TICKS_PER_WORD;
            for (uint256 bits = words[at]; bits != 0; bits &= bits - 1) {
                found[filled++] = int24((base + int256(_lowestOne(bits))) * spacing);
            }
        }
    }

    function _lowestOne(uint256 bits) private pure returns (uint256 position) {
        for (uint256 half = 128; half != 0; half >>= 1) {
            if (bits & ((1 << half) - 1) == 0) {
                bits >>= half;
                position += half;
            }
        }
    }

    function _floorDiv(int256 numerator, int256 denominator) private pure returns (int256 quotient) {
        quotient = numerator / denominator;
        if (numerator % denominator < 0) --quotient;
    }

    function _clamp(int256 tick) private pure returns (int24) {
        if (tick < LOWEST_TICK) return LOWEST_TICK;
        if (tick > HIGHEST_TICK) return HIGHEST_TICK;
        return int24(tick);
    }
}
