// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Stand-in for the fixed fees of a GHO stability module
/// @notice Sandbox only: after aave/gho-core gsm/feeStrategy/FixedFeeStrategy.sol; fees round up, in bps of the gross
/// amount. Not Aave's bytecode.
contract FixedFeeStrategy {
    uint256 private constant BPS = 10_000;
    uint256 private constant MAXIMUM = 5_000;
    uint256 private immutable BUY_FEE;
    uint256 private immutable SELL_FEE;

    constructor(uint256 buyFee, uint256 sellFee) {
        require(buyFee < MAXIMUM, "INVALID_BUY_FEE");
        require(sellFee < MAXIMUM, "INVALID_SELL_FEE");
        require(buyFee > 0 || sellFee > 0, "MUST_HAVE_ONE_NONZERO_FEE");
        (BUY_FEE, SELL_FEE) = (buyFee, sellFee);
    }

    function getBuyFee(uint256 grossAmount) external view returns (uint256) {
        return _up(grossAmount * BUY_FEE, BPS);
    }

    function getSellFee(uint256 grossAmount) external view returns (uint256) {
        return _up(grossAmount * SELL_FEE, BPS);
    }

    function getGrossAmountFromTotalBought(uint256 totalAmount) external view returns (uint256) {
        return totalAmount * BPS / (BPS + BUY_FEE);
    }

    function getGrossAmountFromTotalSold(uint256 totalAmount) external view returns (uint256) {
        return _up(totalAmount * BPS, BPS - SELL_FEE);
    }

    function _up(uint256 numerator, uint256 denominator) private pure returns (uint256) {
        return (numerator + denominator - 1) / denominator;
    }
}
