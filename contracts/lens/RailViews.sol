// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "../interfaces/external/IERC20.sol";
import {
    IDaiUsdsState,
    IGemJoinState,
    IGhoGsmState,
    IGhoReserveState,
    IGsmFees,
    IGsmPrice,
    ILitePsmState,
    IMakerPsmState,
    ITokenDecimals,
    IVatState
} from "../interfaces/external/PoolStates.sol";
import {Views} from "./Views.sol";

/// @notice States of the rails that redeem one stablecoin for another.
abstract contract RailViews {
    using Views for address;

    /// @param tinWad Fee on selling gem.
    /// @param toutWad Fee on buying gem.
    /// @param to18ConversionFactor Base units of DAI per base unit of gem.
    /// @param debtWad DAI minted against gems.
    /// @param ceilingWad The most there may be, as far as the vat's other debt leaves room.
    /// @param gemBalanceRaw Gem that the module can pay out.
    /// @param live Nothing of it was shut down for good.
    struct MakerPsm {
        uint256 tinWad;
        uint256 toutWad;
        uint256 to18ConversionFactor;
        uint256 debtWad;
        uint256 ceilingWad;
        uint256 gemBalanceRaw;
        bool live;
    }

    /// @param priceWad GHO per whole coin of the asset.
    /// @param unitRaw Base units of one whole coin.
    /// @param buyFeeBps Of the gross GHO that the asset costs.
    /// @param sellFeeBps Of the gross GHO that the asset brings.
    /// @param exposureRaw Asset it holds and can sell.
    /// @param capRaw The most it may hold.
    /// @param limitWad GHO it may draw from the reserve.
    /// @param usedWad GHO it has drawn, and can give back.
    /// @param reserveWad GHO the reserve has.
    /// @param frozen Swaps are stopped for now.
    /// @param seized Swaps are stopped for good.
    struct Gsm {
        uint256 priceWad;
        uint256 unitRaw;
        uint256 buyFeeBps;
        uint256 sellFeeBps;
        uint256 exposureRaw;
        uint256 capRaw;
        uint256 limitWad;
        uint256 usedWad;
        uint256 reserveWad;
        bool frozen;
        bool seized;
    }

    error NotAFixedPrice(address strategy);
    error ForeignRate(uint256 rateRay);

    uint256 private constant RAY = 1e27;
    uint256 private constant BPS = 10_000;

    /// @notice Fees and cash of a LitePSM.
    /// @return tinWad Fee on selling gem; the largest uint256 means halted.
    /// @return toutWad Fee on buying gem; the largest uint256 means halted.
    /// @return to18ConversionFactor Base units of DAI per base unit of gem.
    /// @return daiBalanceWad DAI that the module can pay out.
    /// @return gemBalanceRaw Gem that its pocket can pay out.
    function litePsm(address psm)
        external
        view
        returns (
            uint256 tinWad,
            uint256 toutWad,
            uint256 to18ConversionFactor,
            uint256 daiBalanceWad,
            uint256 gemBalanceRaw
        )
    {
        ILitePsmState state = ILitePsmState(psm);
        (tinWad, toutWad, to18ConversionFactor) = (state.tin(), state.tout(), state.to18ConversionFactor());
        daiBalanceWad = IERC20(state.dai()).balanceOf(psm);
        gemBalanceRaw = IERC20(state.gem()).balanceOf(state.pocket());
    }

    /// @notice Fees, debt and gems of Maker's first module.
    function makerPsm(address psm) external view returns (MakerPsm memory found) {
        IMakerPsmState state = IMakerPsmState(psm);
        IGemJoinState join = IGemJoinState(state.gemJoin());
        (found.tinWad, found.toutWad) = (state.tin(), state.tout());
        found.to18ConversionFactor = 10 ** (18 - join.dec());
        found.gemBalanceRaw = IERC20(join.gem()).balanceOf(address(join));
        found.live = join.live() == 1;
        (bool hasVat, uint256 vat) = psm.word(abi.encodeCall(IMakerPsmState.vat, ()));
        if (hasVat) _fromVat(found, psm, IVatState(address(uint160(vat))));
        else (found.debtWad, found.ceilingWad) = (state.debt(), state.ceiling());
    }

    /// @notice Whether the DAI/USDS converter can still mint DAI.
    function daiUsds(address converter) external view returns (bool live) {
        require(IDaiUsdsState(converter).dai() != address(0));
        (bool hasJoin, uint256 join) = converter.word(abi.encodeCall(IDaiUsdsState.daiJoin, ()));
        return !hasJoin || IGemJoinState(address(uint160(join))).live() == 1;
    }

    /// @notice Price, fees and limits of a GHO stability module with a fixed price.
    /// @dev A strategy whose price is not its ratio, an ERC-4626 one for example, makes the view revert.
    function ghoGsm(address module) external view returns (Gsm memory found) {
        IGhoGsmState state = IGhoGsmState(module);
        found.unitRaw = 10 ** ITokenDecimals(state.UNDERLYING_ASSET()).decimals();
        IGsmPrice price = IGsmPrice(state.PRICE_STRATEGY());
        found.priceWad = price.PRICE_RATIO();
        if (price.getAssetPriceInGho(found.unitRaw, false) != found.priceWad) revert NotAFixedPrice(address(price));
        IGsmFees fees = IGsmFees(state.getFeeStrategy());
        if (address(fees) != address(0)) {
            (found.buyFeeBps, found.sellFeeBps) = (fees.getBuyFee(BPS), fees.getSellFee(BPS));
        }
        (found.exposureRaw, found.capRaw) = (state.getAvailableLiquidity(), state.getExposureCap());
        address reserve = state.getGhoReserve();
        (found.limitWad, found.usedWad) = IGhoReserveState(reserve).getUsage(module);
        found.reserveWad = IERC20(state.GHO_TOKEN()).balanceOf(reserve);
        (found.frozen, found.seized) = (state.getIsFrozen(), state.getIsSeized());
    }

    /// @dev Gems leave only against the module's own debt and collateral.
    function _fromVat(MakerPsm memory found, address psm, IVatState vat) private view {
        bytes32 ilk = IMakerPsmState(psm).ilk();
        (uint256 artWad, uint256 rateRay,, uint256 lineRad,) = vat.ilks(ilk);
        if (rateRay != RAY) revert ForeignRate(rateRay);
        (uint256 totalRad, uint256 mostRad) = (vat.debt(), vat.Line());
        uint256 roomWad = mostRad > totalRad ? (mostRad - totalRad) / RAY : 0;
        (found.debtWad, found.ceilingWad) = (artWad, Views.least(lineRad / RAY, artWad + roomWad));
        (uint256 inkWad, uint256 ownWad) = vat.urns(ilk, psm);
        uint256 backed = Views.least(inkWad, ownWad) / found.to18ConversionFactor;
        found.gemBalanceRaw = Views.least(found.gemBalanceRaw, backed);
        found.live = found.live && vat.live() == 1;
    }
}
