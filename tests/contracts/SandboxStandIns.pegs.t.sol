// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AuthGemJoin} from "../../contracts/sandbox/AuthGemJoin.sol";
import {CrvUsd} from "../../contracts/sandbox/CrvUsd.sol";
import {DaiUsds} from "../../contracts/sandbox/DaiUsds.sol";
import {DssPsm} from "../../contracts/sandbox/DssPsm.sol";
import {FixedFeeStrategy} from "../../contracts/sandbox/FixedFeeStrategy.sol";
import {FixedPriceStrategy} from "../../contracts/sandbox/FixedPriceStrategy.sol";
import {GhoReserve} from "../../contracts/sandbox/GhoReserve.sol";
import {GhoToken} from "../../contracts/sandbox/GhoToken.sol";
import {Gsm} from "../../contracts/sandbox/Gsm.sol";
import {Usds} from "../../contracts/sandbox/Usds.sol";
import {OpenToken} from "./SandboxStandIns.t.sol";
import {TestBase} from "./support/TestBase.sol";

contract SandboxStandInsPegsTest is TestBase {
    address private constant STRANGER = address(0x0330);
    address private constant USR = address(0x0440);
    address private constant TREASURY = address(0x0660);
    uint256 private constant CEILING = 10_000e18;
    uint128 private constant CAP = 10_000e6;
    uint256 private constant LIMIT = 8_000e18;

    OpenToken private dai;
    OpenToken private usdc;
    Usds private usds;
    DaiUsds private converter;
    AuthGemJoin private join;
    DssPsm private psm;
    GhoToken private gho;
    GhoReserve private reserve;
    Gsm private gsm;

    function setUp() external {
        (dai, usdc) = (new OpenToken(18), new OpenToken(6));
        dai.mint(address(this), 1_000_000e18);
        usdc.mint(address(this), 1_000_000e6);
        _openSky();
        _openGho();
    }

    // --- USDS and its converter ---

    function testFuzz_converter_ChangesOneForOne(uint256 seed) external {
        uint256 amount = _bound(seed, 0, 1_000e18);
        dai.approve(address(converter), amount);
        converter.daiToUsds(address(this), amount);
        vm.assertEq(usds.balanceOf(address(this)), amount);
        usds.approve(address(converter), amount);
        converter.usdsToDai(USR, amount);
        vm.assertEq(dai.balanceOf(USR), amount);
        vm.assertEq(usds.totalSupply(), 0);
        vm.assertEq(dai.balanceOf(address(converter)), 0);
    }

    function test_usds_RefusesItselfAndNobodyAndTooMuch() external {
        usds.mint(address(this), 10e18);
        vm.expectRevert(bytes("Usds/invalid-address"));
        usds.transfer(address(usds), 1);
        vm.expectRevert(bytes("Usds/invalid-address"));
        usds.transfer(address(0), 1);
        vm.expectRevert(bytes("Usds/insufficient-balance"));
        usds.transfer(USR, 10e18 + 1);
        vm.prank(STRANGER);
        vm.expectRevert(bytes("Usds/insufficient-allowance"));
        usds.transferFrom(address(this), STRANGER, 1);
        vm.prank(STRANGER);
        vm.expectRevert(bytes("Usds/not-authorized"));
        usds.mint(STRANGER, 1);
        usds.transferFrom(address(this), USR, 10e18); // its own, without an allowance
        vm.assertEq(usds.balanceOf(USR), 10e18);
    }

    function test_crvUsd_RefusesItselfAndNobody() external {
        CrvUsd crvUsd = new CrvUsd(address(this));
        crvUsd.mint(address(this), 1e18);
        vm.expectRevert(bytes(""));
        crvUsd.transfer(address(crvUsd), 1);
        vm.expectRevert(bytes(""));
        crvUsd.transfer(address(0), 1);
        vm.expectRevert(bytes(""));
        crvUsd.transferFrom(address(this), USR, 1); // its own, still by allowance
        vm.prank(STRANGER);
        vm.expectRevert(bytes(""));
        crvUsd.mint(STRANGER, 1);
    }

    // --- Maker's first module ---

    function test_psm_TakesTheGemThroughItsJoin() external {
        usdc.approve(address(psm), type(uint256).max);
        usdc.approve(address(join), 0);
        vm.expectRevert();
        psm.sellGem(USR, 100e6);
        usdc.approve(address(join), 100e6);
        psm.sellGem(USR, 100e6);
        vm.assertEq(dai.balanceOf(USR), 100e18);
        vm.assertEq(usdc.balanceOf(address(join)), 100e6);
    }

    function test_psm_ChargesBothWays() external {
        psm.file("tin", 0.01e18);
        psm.file("tout", 0.02e18);
        psm.sellGem(USR, 100e6);
        vm.assertEq(dai.balanceOf(USR), 99e18);
        uint256 before = dai.balanceOf(address(this));
        psm.buyGem(USR, 50e6);
        vm.assertEq(before - dai.balanceOf(address(this)), 51e18);
        vm.assertEq(usdc.balanceOf(USR), 50e6);
    }

    function test_psm_StopsAtTheCeilingAndWhereItsGemsEnd() external {
        psm.sellGem(USR, CEILING / 1e12);
        vm.expectRevert(bytes("Vat/ceiling-exceeded"));
        psm.sellGem(USR, 1);
        psm.setCeiling(CEILING + 1e12);
        psm.sellGem(USR, 1);
        psm.buyGem(USR, CEILING / 1e12 + 1);
        vm.expectRevert();
        psm.buyGem(USR, 1);
    }

    function test_psm_SellsNothingWhen_TheFeeIsAboveAllOfIt() external {
        psm.file("tin", 1e18);
        psm.sellGem(USR, 1e6);
        vm.assertEq(dai.balanceOf(USR), 0);
        psm.file("tin", 1e18 + 1e12);
        vm.expectRevert();
        psm.sellGem(USR, 1e6);
    }

    function test_psm_JoinStopsWhatComesInButNotWhatLeaves() external {
        psm.sellGem(USR, 10e6);
        join.cage();
        vm.expectRevert(bytes("GemJoin5/not-live"));
        psm.sellGem(USR, 10e6);
        psm.buyGem(USR, 10e6);
        vm.prank(STRANGER);
        vm.expectRevert(bytes(""));
        join.join(STRANGER, 1, address(this));
        vm.expectRevert(bytes("DssPsm/file-unrecognized-param"));
        psm.file("line", 1);
    }

    // --- GHO ---

    function test_gho_FacilitatorMintsUpToItsBucket() external {
        vm.expectRevert(bytes("FACILITATOR_BUCKET_CAPACITY_EXCEEDED"));
        gho.mint(USR, 90_000e18 + 1);
        vm.expectRevert(bytes("INVALID_MINT_AMOUNT"));
        gho.mint(USR, 0);
        vm.prank(STRANGER);
        vm.expectRevert(bytes("FACILITATOR_BUCKET_CAPACITY_EXCEEDED"));
        gho.mint(STRANGER, 1);
        gho.burn(1_000e18);
        gho.mint(USR, 91_000e18);
    }

    function test_gsm_SellsAndBuysAtParWithoutFees() external {
        (uint256 sold, uint256 got) = gsm.sellAsset(100e6, address(this));
        vm.assertEq(sold, 100e6);
        vm.assertEq(got, 100e18);
        (uint256 bought, uint256 paid) = gsm.buyAsset(40e6, USR);
        vm.assertEq(bought, 40e6);
        vm.assertEq(paid, 40e18);
        vm.assertEq(usdc.balanceOf(USR), 40e6);
        vm.assertEq(reserve.getUsed(address(gsm)), 60e18);
    }

    function testFuzz_gsm_QuotesHoldWithFees(uint256 seed, uint256 buyFee, uint256 sellFee) external {
        (buyFee, sellFee) = (_bound(buyFee, 1, 4_999), _bound(sellFee, 0, 4_999));
        gsm.updateFeeStrategy(address(new FixedFeeStrategy(buyFee, sellFee)));
        uint256 amount = _bound(seed, 1e6, 4_000e6);
        (uint256 asset, uint256 got,,) = gsm.getGhoAmountForSellAsset(amount);
        vm.assertLe(asset, amount);
        (uint256 sold, uint256 bought) = gsm.sellAsset(amount, address(this));
        vm.assertEq(sold, asset);
        vm.assertEq(bought, got);
        uint256 budget = _bound(seed, 1e18, 1_000e18);
        (asset, got,,) = gsm.getAssetAmountForBuyAsset(budget);
        vm.assertLe(got, budget);
        if (asset == 0 || asset > sold) return;
        (bought, got) = gsm.buyAsset(asset, USR);
        vm.assertLe(got, budget);
        vm.assertEq(usdc.balanceOf(USR), bought);
    }

    function test_gsm_KeepsFeesForTheTreasury() external {
        gsm.updateFeeStrategy(address(new FixedFeeStrategy(0, 100)));
        (, uint256 got) = gsm.sellAsset(100e6, address(this));
        vm.assertEq(got, 99e18);
        vm.assertEq(gsm.getAccruedFees(), 1e18);
        gsm.distributeFeesToTreasury();
        vm.assertEq(gho.balanceOf(TREASURY), 1e18);
    }

    function test_gsm_StopsAtCapReserveAndLiquidity() external {
        vm.expectRevert(bytes("LIMIT_REACHED"));
        gsm.sellAsset(LIMIT / 1e12 + 1, USR);
        gsm.sellAsset(LIMIT / 1e12, address(this));
        reserve.setLimit(address(gsm), 2 * LIMIT);
        vm.assertEq(gsm.getAvailableUnderlyingExposure(), CAP - LIMIT / 1e12);
        vm.expectRevert(bytes("EXOGENOUS_ASSET_EXPOSURE_TOO_HIGH"));
        gsm.sellAsset(CAP - LIMIT / 1e12 + 1, USR);
        gsm.updateExposureCap(1); // below what is in: nothing comes in any more, all can leave
        vm.assertEq(gsm.getAvailableUnderlyingExposure(), 0);
        vm.expectRevert(bytes("EXOGENOUS_ASSET_EXPOSURE_TOO_HIGH"));
        gsm.sellAsset(1, USR);
        vm.expectRevert(bytes("INSUFFICIENT_AVAILABLE_EXOGENOUS_ASSET_LIQUIDITY"));
        gsm.buyAsset(LIMIT / 1e12 + 1, USR);
        gsm.buyAsset(LIMIT / 1e12, USR);
        vm.expectRevert(bytes("INVALID_AMOUNT"));
        gsm.buyAsset(0, USR);
    }

    function test_gsm_FreezesAndThaws() external {
        gsm.setSwapFreeze(true);
        vm.assertTrue(!gsm.canSwap());
        vm.expectRevert(bytes("GSM_FROZEN"));
        gsm.sellAsset(1e6, USR);
        vm.expectRevert(bytes("GSM_FROZEN"));
        gsm.buyAsset(1e6, USR);
        vm.expectRevert(bytes("GSM_ALREADY_FROZEN"));
        gsm.setSwapFreeze(true);
        gsm.setSwapFreeze(false);
        gsm.sellAsset(1e6, USR);
        vm.prank(STRANGER);
        vm.expectRevert(bytes(""));
        gsm.setSwapFreeze(true);
    }

    function test_gsm_SeizedIsClosedForGood() external {
        gsm.sellAsset(100e6, USR);
        vm.assertEq(gsm.seize(), 100e6);
        vm.assertEq(usdc.balanceOf(TREASURY), 100e6);
        vm.assertEq(gsm.getExposureCap(), 0);
        vm.expectRevert(bytes("GSM_SEIZED"));
        gsm.sellAsset(1e6, USR);
        vm.expectRevert(bytes("GSM_SEIZED"));
        gsm.buyAsset(1e6, USR);
        vm.expectRevert(bytes("GSM_SEIZED"));
        gsm.seize();
    }

    function _openSky() private {
        usds = new Usds(address(this));
        converter = new DaiUsds(address(dai), address(usds));
        usds.rely(address(converter));
        join = new AuthGemJoin(address(usdc), address(this));
        psm = new DssPsm(address(join), address(dai), address(this), CEILING);
        join.rely(address(psm));
        usdc.approve(address(join), type(uint256).max);
        dai.approve(address(psm), type(uint256).max);
    }

    function _openGho() private {
        gho = new GhoToken(address(this));
        gho.addFacilitator(address(this), "test", 100_000e18);
        reserve = new GhoReserve(address(this), address(gho));
        gho.mint(address(reserve), 9_000e18);
        gho.mint(address(this), 1_000e18);
        FixedPriceStrategy price = new FixedPriceStrategy(1e18, address(usdc));
        gsm = new Gsm(address(price), address(reserve), address(this), TREASURY, CAP);
        reserve.setLimit(address(gsm), LIMIT);
        usdc.approve(address(gsm), type(uint256).max);
        gho.approve(address(gsm), type(uint256).max);
        usdc.approve(address(this), 0);
    }
}
