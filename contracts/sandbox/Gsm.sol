// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {FixedFeeStrategy} from "./FixedFeeStrategy.sol";
import {FixedPriceStrategy} from "./FixedPriceStrategy.sol";
import {GhoReserve} from "./GhoReserve.sol";
import {ISandboxCoin, SandboxTransfers} from "./SandboxTransfers.sol";

/// @title Stand-in for Aave's GHO stability module
/// @notice Sandbox only: interface, rounding and error texts of aave/gho-core src/contracts/facilitators/gsm/Gsm.sol, with
/// the reserve (GhoReserve.sol) that mainnet's modules draw on since March 2026. Missing: signatures, rescues, its proxy;
/// one admin has every role. Not Aave's bytecode.
/// @dev Amounts are recomputed after the fee: `buyAsset` may buy a unit more or less of what was asked, and `sellAsset`
/// may take less than it was offered.
contract Gsm {
    using SandboxTransfers for address;

    ISandboxCoin public immutable GHO_TOKEN;
    address public immutable UNDERLYING_ASSET;
    FixedPriceStrategy private immutable PRICE;
    GhoReserve private immutable RESERVE;
    address private immutable ADMIN;

    address private treasury;
    FixedFeeStrategy private fees;
    bool private frozen;
    bool private seized;
    uint128 private cap;
    uint128 private exposure;
    uint128 private accrued;

    event BuyAsset(
        address indexed originator, address indexed receiver, uint256 underlyingAmount, uint256 ghoAmount, uint256 fee
    );
    event SellAsset(
        address indexed originator, address indexed receiver, uint256 underlyingAmount, uint256 ghoAmount, uint256 fee
    );
    event SwapFreeze(address indexed freezer, bool enabled);
    event ExposureCapUpdated(uint256 oldCap, uint256 newCap);
    event FeeStrategyUpdated(address indexed oldStrategy, address indexed newStrategy);
    event Seized(address indexed seizer, address indexed recipient, uint256 underlyingAmount, uint256 ghoOutstanding);

    modifier onlyAdmin() {
        require(msg.sender == ADMIN);
        _;
    }

    modifier open() {
        require(!frozen, "GSM_FROZEN");
        require(!seized, "GSM_SEIZED");
        _;
    }

    constructor(address price, address reserve, address admin, address treasury_, uint128 exposureCap) {
        (PRICE, RESERVE, ADMIN) = (FixedPriceStrategy(price), GhoReserve(reserve), admin);
        (GHO_TOKEN, UNDERLYING_ASSET) = (RESERVE.GHO_TOKEN(), PRICE.UNDERLYING_ASSET());
        (treasury, cap) = (treasury_, exposureCap);
        GHO_TOKEN.approve(reserve, type(uint256).max);
    }

    /// @notice Sells the module's asset for GHO, at least about `minAmount` of it.
    /// @return assetAmount Bought, in base units of the asset.
    /// @return ghoSold Paid, fee included.
    function buyAsset(uint256 minAmount, address receiver)
        external
        open
        returns (uint256 assetAmount, uint256 ghoSold)
    {
        uint256 gross;
        uint256 fee;
        (assetAmount, ghoSold, gross, fee) = getGhoAmountForBuyAsset(minAmount);
        require(assetAmount > 0, "INVALID_AMOUNT");
        require(exposure >= assetAmount, "INSUFFICIENT_AVAILABLE_EXOGENOUS_ASSET_LIQUIDITY");
        exposure -= uint128(assetAmount);
        accrued += uint128(fee);
        require(GHO_TOKEN.transferFrom(msg.sender, address(this), ghoSold));
        RESERVE.restore(gross);
        UNDERLYING_ASSET.send(receiver, assetAmount);
        emit BuyAsset(msg.sender, receiver, assetAmount, ghoSold, fee);
    }

    /// @notice Buys the asset with GHO, at most `maxAmount` of it.
    /// @return assetAmount Sold, in base units of the asset.
    /// @return ghoBought Received, fee deducted.
    function sellAsset(uint256 maxAmount, address receiver)
        external
        open
        returns (uint256 assetAmount, uint256 ghoBought)
    {
        uint256 gross;
        uint256 fee;
        (assetAmount, ghoBought, gross, fee) = getGhoAmountForSellAsset(maxAmount);
        require(assetAmount > 0, "INVALID_AMOUNT");
        require(exposure + assetAmount <= cap, "EXOGENOUS_ASSET_EXPOSURE_TOO_HIGH");
        exposure += uint128(assetAmount);
        accrued += uint128(fee);
        UNDERLYING_ASSET.take(msg.sender, assetAmount);
        RESERVE.use(gross);
        require(GHO_TOKEN.transfer(receiver, ghoBought));
        emit SellAsset(msg.sender, receiver, assetAmount, gross, fee);
    }

    function setSwapFreeze(bool enable) external onlyAdmin {
        require(frozen != enable, enable ? "GSM_ALREADY_FROZEN" : "GSM_ALREADY_UNFROZEN");
        frozen = enable;
        emit SwapFreeze(msg.sender, enable);
    }

    /// @notice Closes the module for good and sends the asset to the treasury.
    function seize() external onlyAdmin returns (uint256 amount) {
        require(!seized, "GSM_SEIZED");
        (seized, exposure) = (true, 0);
        _setCap(0);
        amount = UNDERLYING_ASSET.held();
        if (amount > 0) UNDERLYING_ASSET.send(treasury, amount);
        emit Seized(msg.sender, treasury, amount, RESERVE.getUsed(address(this)));
    }

    function updateExposureCap(uint128 exposureCap) external onlyAdmin {
        _setCap(exposureCap);
    }

    /// @notice Zero switches fees off.
    function updateFeeStrategy(address strategy) external onlyAdmin {
        emit FeeStrategyUpdated(address(fees), strategy);
        fees = FixedFeeStrategy(strategy);
    }

    function distributeFeesToTreasury() external {
        uint256 amount = accrued;
        accrued = 0;
        if (amount > 0) require(GHO_TOKEN.transfer(treasury, amount));
    }

    /// @return Asset, GHO to pay, gross, fee for as much asset as `maxGho` buys.
    function getAssetAmountForBuyAsset(uint256 maxGho) external view returns (uint256, uint256, uint256, uint256) {
        uint256 gross = _hasFees() ? fees.getGrossAmountFromTotalBought(maxGho) : maxGho;
        uint256 asset = PRICE.getGhoPriceInAsset(gross, false);
        uint256 finalGross = PRICE.getAssetPriceInGho(asset, true);
        uint256 fee = _hasFees() ? fees.getBuyFee(finalGross) : 0;
        return (asset, finalGross + fee, finalGross, fee);
    }

    /// @return Asset, GHO to receive, gross, fee for as little asset as brings `minGho`.
    function getAssetAmountForSellAsset(uint256 minGho) external view returns (uint256, uint256, uint256, uint256) {
        uint256 gross = _hasFees() ? fees.getGrossAmountFromTotalSold(minGho) : minGho;
        uint256 asset = PRICE.getGhoPriceInAsset(gross, true);
        uint256 finalGross = PRICE.getAssetPriceInGho(asset, false);
        uint256 fee = _hasFees() ? fees.getSellFee(finalGross) : 0;
        return (asset, finalGross - fee, finalGross, fee);
    }

    /// @return Asset, GHO to pay, gross, fee.
    function getGhoAmountForBuyAsset(uint256 minAsset) public view returns (uint256, uint256, uint256, uint256) {
        uint256 gross = PRICE.getAssetPriceInGho(minAsset, true);
        uint256 paid = gross + (_hasFees() ? fees.getBuyFee(gross) : 0);
        uint256 finalGross = _hasFees() ? fees.getGrossAmountFromTotalBought(paid) : paid;
        return (PRICE.getGhoPriceInAsset(finalGross, false), paid, finalGross, paid - finalGross);
    }

    /// @return Asset, GHO to receive, gross, fee.
    function getGhoAmountForSellAsset(uint256 maxAsset) public view returns (uint256, uint256, uint256, uint256) {
        uint256 gross = PRICE.getAssetPriceInGho(maxAsset, false);
        uint256 got = gross - (_hasFees() ? fees.getSellFee(gross) : 0);
        uint256 finalGross = _hasFees() ? fees.getGrossAmountFromTotalSold(got) : got;
        return (PRICE.getGhoPriceInAsset(finalGross, true), got, finalGross, finalGross - got);
    }

    function getAvailableUnderlyingExposure() external view returns (uint256) {
        return cap > exposure ? cap - exposure : 0;
    }

    function getExposureCap() external view returns (uint128) {
        return cap;
    }

    function getAvailableLiquidity() external view returns (uint256) {
        return exposure;
    }

    function getFeeStrategy() external view returns (address) {
        return address(fees);
    }

    function getAccruedFees() external view returns (uint256) {
        return accrued;
    }

    function getIsFrozen() external view returns (bool) {
        return frozen;
    }

    function getIsSeized() external view returns (bool) {
        return seized;
    }

    function canSwap() external view returns (bool) {
        return !frozen && !seized;
    }

    // forge-lint: disable-next-line(mixed-case-function)
    function PRICE_STRATEGY() external view returns (address) {
        return address(PRICE);
    }

    function getGhoReserve() external view returns (address) {
        return address(RESERVE);
    }

    function getGhoTreasury() external view returns (address) {
        return treasury;
    }

    function _setCap(uint128 newCap) private {
        emit ExposureCapUpdated(cap, newCap);
        cap = newCap;
    }

    function _hasFees() private view returns (bool) {
        return address(fees) != address(0);
    }
}
