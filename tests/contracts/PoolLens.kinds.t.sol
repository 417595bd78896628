// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PoolLens} from "../../contracts/PoolLens.sol";
import {BalancerViews} from "../../contracts/lens/BalancerViews.sol";
import {CurveViews} from "../../contracts/lens/CurveViews.sol";
import {RailViews} from "../../contracts/lens/RailViews.sol";
import {VaultViews} from "../../contracts/lens/VaultViews.sol";
import {TestBase} from "./support/TestBase.sol";

uint256 constant RAY = 1e27;
uint256 constant WAD = 1e18;

/// @notice Answers a selector with what it was told to, whatever the arguments; to others it has no answer.
contract Oracle {
    mapping(bytes4 => bytes) private answers;

    fallback(bytes calldata) external returns (bytes memory answer) {
        answer = answers[msg.sig];
        require(answer.length > 0);
    }

    function learn(string memory view_, bytes memory answer) external {
        answers[bytes4(keccak256(bytes(view_)))] = answer;
    }
}

/// @notice Shares worth what a savings rate has made of them, with Maker's own words for it.
contract SavingsDouble {
    uint256 private constant START = 1_000;
    uint256 private constant PER_SECOND = RAY + 1e18; // 3.2 % a year
    bool private immutable IS_POT;
    uint256 public chi = 1.1e27;
    uint256 public rho = START;

    constructor(bool isPot) {
        IS_POT = isPot;
    }

    function dsr() external view returns (uint256) {
        require(IS_POT);
        return PER_SECOND;
    }

    function ssr() external view returns (uint256) {
        require(!IS_POT);
        return PER_SECOND;
    }
}

/// @notice A vault over a savings rate that multiplies second by second, which is slow and needs no power.
contract SavingsVaultDouble is SavingsDouble {
    SavingsDouble private immutable POT;
    uint256 public totalSupply = 9e24;
    uint256 public feeBps;

    constructor(SavingsDouble pot_) SavingsDouble(false) {
        POT = pot_;
    }

    function pot() external view returns (address) {
        require(address(POT) != address(0));
        return address(POT);
    }

    function setFee(uint256 newBps) external {
        feeBps = newBps;
    }

    function price(uint256 atS) public view returns (uint256 chi_) {
        uint256 factor = RAY;
        uint256 rate = address(POT) == address(0) ? this.ssr() : POT.dsr();
        for (uint256 second = rho; second < atS; ++second) {
            factor = (factor * rate + RAY / 2) / RAY;
        }
        return factor * chi / RAY;
    }

    function maxDeposit(address) external pure returns (uint256) {
        return 5e24;
    }

    function previewDeposit(uint256 assets) external view returns (uint256) {
        return assets * (10_000 - feeBps) / 10_000 * RAY / price(block.timestamp);
    }

    function previewRedeem(uint256 shares) external view returns (uint256) {
        return shares * price(block.timestamp) / RAY;
    }
}

contract PoolLensKindsTest is TestBase {
    PoolLens private lens;
    Oracle private pool;
    Oracle private other;

    function setUp() external {
        lens = new PoolLens();
        pool = new Oracle();
        other = new Oracle();
    }

    function test_curve_ReadsARampAndAKilledPool() external {
        _learnCurve();
        pool.learn("A_precise()", abi.encode(25_600));
        pool.learn("admin_fee()", abi.encode(6e9));
        pool.learn("is_killed()", abi.encode(true));
        pool.learn("initial_A()", abi.encode(20_000));
        pool.learn("future_A()", abi.encode(40_000));
        pool.learn("initial_A_time()", abi.encode(11));
        pool.learn("future_A_time()", abi.encode(22));
        vm.warp(15);
        CurveViews.CurveState memory state = lens.curve(address(pool), 1);
        vm.assertEq(state.amplification, 25_600);
        vm.assertEq(state.precision, 100);
        vm.assertEq(state.adminFeeE10, 6e9);
        vm.assertTrue(state.killed);
        vm.assertEq(state.timestampS, 15);
        uint256[4] memory ramp = [uint256(20_000), 40_000, 11, 22];
        for (uint256 k = 0; k < 4; ++k) {
            vm.assertEq(state.ramp[k], ramp[k]);
        }
    }

    function test_curve_TakesAnOldPoolThatTellsLittleAtItsWord() external {
        _learnCurve();
        CurveViews.CurveState memory state = lens.curve(address(pool), 1);
        vm.assertEq(state.amplification, 256);
        vm.assertEq(state.precision, 1);
        vm.assertEq(state.adminFeeE10, 5e9);
        vm.assertTrue(!state.killed);
        vm.assertEq(state.ramp[3], 0);
    }

    function test_metapool_WithoutACacheRemembersNoPrice() external {
        _learnCurve();
        other.learn("totalSupply()", abi.encode(77));
        (,, uint256 supply, uint256 price, uint256 atS) = lens.metapool(address(pool), address(pool), address(other), 1);
        vm.assertEq(supply, 77);
        vm.assertEq(price, 0);
        vm.assertEq(atS, 0);
    }

    function test_balancerStable_LeavesItsOwnTokenOutAndAsksExpiredRatesAfresh() external {
        _learnBalancer(112);
        vm.warp(100);
        (BalancerViews.BalancerState memory fresh, uint256 amplification, uint256[4] memory ramp) =
            lens.balancerStable(address(pool), "id");
        vm.assertTrue(fresh.listsItself);
        vm.assertEq(fresh.tokens.length, 1);
        vm.assertEq(fresh.tokens[0], address(other));
        vm.assertEq(fresh.balancesRaw[0], 22);
        vm.assertEq(fresh.scalingWad[0], 1.5e30); // six decimals, remembered rate
        vm.assertEq(amplification, 7_000);
        vm.assertEq(ramp[3], 0);
        vm.warp(101);
        (BalancerViews.BalancerState memory stale,,) = lens.balancerStable(address(pool), "id");
        vm.assertEq(stale.scalingWad[0], 1.25e30);
    }

    function test_balancerStable_TellsWhereItsAmplificationGoes() external {
        _learnBalancer(100);
        pool.learn("getAmplificationParameter()", abi.encode(7_000, true, 1_000));
        vm.expectRevert();
        lens.balancerStable(address(pool), "id"); // moving, and silent about where
        pool.learn("getAmplificationState()", abi.encode(5_000, 9_000, 10, 20, 1_000));
        (,, uint256[4] memory ramp) = lens.balancerStable(address(pool), "id");
        vm.assertEq(ramp[0], 5_000);
        vm.assertEq(ramp[3], 20);
    }

    function test_balancerStable_IsPausedWhenEitherIs() external {
        _learnBalancer(100);
        pool.learn("getPausedState()", abi.encode(true));
        (BalancerViews.BalancerState memory state,,) = lens.balancerStable(address(pool), "id");
        vm.assertTrue(state.paused);
        pool.learn("getPausedState()", abi.encode(false));
        other.learn("getPausedState()", abi.encode(true));
        (state,,) = lens.balancerStable(address(pool), "id");
        vm.assertTrue(state.paused);
    }

    function test_makerPsm_TakesDebtCeilingAndGemsFromTheVat() external {
        _learnMaker();
        RailViews.MakerPsm memory found = lens.makerPsm(address(pool));
        vm.assertEq(found.debtWad, 90e18);
        vm.assertEq(found.ceilingWad, 95e18); // the vat's other debt leaves five
        vm.assertEq(found.to18ConversionFactor, 1e12);
        vm.assertEq(found.gemBalanceRaw, 80e6); // of a hundred, no more than its own debt
        vm.assertTrue(found.live);
        other.learn("Line()", abi.encode(2_000e45));
        vm.assertEq(lens.makerPsm(address(pool)).ceilingWad, 120e18);
        other.learn("live()", abi.encode(0));
        vm.assertTrue(!lens.makerPsm(address(pool)).live);
    }

    function test_makerPsm_RevertsWhen_TheDebtEarnsInterest() external {
        _learnMaker();
        other.learn("ilks(bytes32)", abi.encode(90e18, RAY + 1, 0, 120e45, 0));
        vm.expectRevert(abi.encodeWithSelector(RailViews.ForeignRate.selector, RAY + 1));
        lens.makerPsm(address(pool));
    }

    function test_daiUsds_IsShutWithTheDaiJoin() external {
        pool.learn("dai()", abi.encode(address(this)));
        vm.assertTrue(lens.daiUsds(address(pool)));
        pool.learn("daiJoin()", abi.encode(address(other)));
        other.learn("live()", abi.encode(0));
        vm.assertTrue(!lens.daiUsds(address(pool)));
    }

    function test_ghoGsm_RevertsWhen_ThePriceIsNotFixed() external {
        pool.learn("UNDERLYING_ASSET()", abi.encode(address(other)));
        pool.learn("PRICE_STRATEGY()", abi.encode(address(other)));
        other.learn("decimals()", abi.encode(6));
        other.learn("PRICE_RATIO()", abi.encode(1e18));
        other.learn("getAssetPriceInGho(uint256,bool)", abi.encode(1.03e18));
        vm.expectRevert(abi.encodeWithSelector(RailViews.NotAFixedPrice.selector, address(other)));
        lens.ghoGsm(address(pool));
    }

    function test_erc4626_SavingsDaiIsPricedByThePotAheadOfTime() external {
        _assertSavings(new SavingsVaultDouble(new SavingsDouble(true)));
    }

    function test_erc4626_SavingsUsdsIsPricedByItself() external {
        _assertSavings(new SavingsVaultDouble(SavingsDouble(address(0))));
    }

    function test_erc4626_RevertsWhen_PreviewsSayOtherwise() external {
        SavingsVaultDouble vault = new SavingsVaultDouble(new SavingsDouble(true));
        vm.warp(1_050);
        vault.setFee(1);
        vm.expectRevert(abi.encodeWithSelector(VaultViews.NotARatio.selector, address(vault)));
        lens.erc4626(address(vault), address(this), 12);
    }

    function test_codeHash_TellsContractsApart() external view {
        vm.assertTrue(lens.codeHash(address(pool)) == lens.codeHash(address(other)));
        vm.assertTrue(lens.codeHash(address(pool)) != lens.codeHash(address(lens)));
        vm.assertTrue(lens.codeHash(address(0xdead)) == 0);
    }

    function _assertSavings(SavingsVaultDouble vault) private {
        vm.warp(1_050);
        (uint256 shares, uint256 assets, uint256 maxDeposit, uint256 maxRedeem) =
            lens.erc4626(address(vault), address(this), 12);
        vm.assertEq(shares, RAY);
        vm.assertTrue(assets > vault.price(1_061) && assets < vault.price(1_063));
        uint256 expected = vault.price(1_062);
        uint256 off = assets > expected ? assets - expected : expected - assets;
        vm.assertTrue(off <= 62); // the last digits of a power by squares are not those of a product
        vm.assertEq(maxDeposit, 5e24);
        vm.assertEq(maxRedeem, 9e24);
    }

    function _learnCurve() private {
        pool.learn("A()", abi.encode(256));
        pool.learn("fee()", abi.encode(4e6));
        pool.learn("balances(uint256)", abi.encode(1_000));
    }

    function _learnBalancer(uint256 expiryS) private {
        address[] memory tokens = new address[](2);
        (tokens[0], tokens[1]) = (address(pool), address(other));
        uint256[] memory balances = new uint256[](2);
        (balances[0], balances[1]) = (11, 22);
        address[] memory providers = new address[](2);
        providers[1] = address(other);
        pool.learn("getVault()", abi.encode(address(other)));
        pool.learn("getSwapFeePercentage()", abi.encode(1e14));
        pool.learn("getPausedState()", abi.encode(false));
        pool.learn("getAmplificationParameter()", abi.encode(7_000, false, 1_000));
        pool.learn("getTokenRateCache(address)", abi.encode(1.5e18, 1.4e18, 60, expiryS));
        pool.learn("getRateProviders()", abi.encode(providers));
        other.learn("getPausedState()", abi.encode(false));
        other.learn("getPoolTokens(bytes32)", abi.encode(tokens, balances, 1));
        other.learn("decimals()", abi.encode(6));
        other.learn("getRate()", abi.encode(1.25e18));
    }

    function _learnMaker() private {
        pool.learn("gemJoin()", abi.encode(address(other)));
        pool.learn("vat()", abi.encode(address(other)));
        pool.learn("ilk()", abi.encode(bytes32("PSM")));
        pool.learn("tin()", abi.encode(0));
        pool.learn("tout()", abi.encode(0));
        other.learn("gem()", abi.encode(address(other)));
        other.learn("dec()", abi.encode(6));
        other.learn("live()", abi.encode(1));
        other.learn("balanceOf(address)", abi.encode(100e6));
        other.learn("ilks(bytes32)", abi.encode(90e18, RAY, 0, 120e45, 0));
        other.learn("urns(bytes32,address)", abi.encode(100e18, 80e18));
        other.learn("debt()", abi.encode(995e45));
        other.learn("Line()", abi.encode(1_000e45));
    }
}
