// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CurveBasePool} from "../../contracts/sandbox/CurveBasePool.sol";
import {CurveLpToken} from "../../contracts/sandbox/CurveLpToken.sol";
import {CurveMetaPool} from "../../contracts/sandbox/CurveMetaPool.sol";
import {SavingsDai} from "../../contracts/sandbox/SavingsDai.sol";
import {StableSwapNG} from "../../contracts/sandbox/StableSwapNG.sol";
import {OpenToken} from "./SandboxStandIns.t.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice Cheatcodes for time and for addresses to come.
interface VmMore {
    function warp(uint256 timestamp) external;
    function getNonce(address account) external returns (uint64);
    function computeCreateAddress(address deployer, uint256 nonce) external pure returns (address);
}

contract SandboxStandInsCurveTest is TestBase {
    VmMore private constant MORE = VmMore(address(vm));
    address private constant STRANGER = address(0x0330);
    address private constant USR = address(0x0440);
    uint256 private constant DEPTH = 1_000_000;
    uint256 private constant FEE = 1e6;
    uint256 private constant MULTIPLIER = 5e10;

    OpenToken private usdc;
    OpenToken private usdt;
    OpenToken private dai;
    OpenToken private coin;
    StableSwapNG private pool;
    CurveBasePool private base;
    CurveMetaPool private meta;
    CurveLpToken private shares;

    function setUp() external {
        (usdc, usdt, dai, coin) = (new OpenToken(6), new OpenToken(6), new OpenToken(18), new OpenToken(18));
        pool = _pool([address(usdc), address(dai)], [0, 0], MULTIPLIER);
        _fill(pool, usdc, DEPTH * 1e6);
        _fill(pool, dai, DEPTH * 1e18);
        _deposit(pool, DEPTH * 1e6, DEPTH * 1e18);
        _openClassic();
    }

    // --- StableSwap-NG ---

    function testFuzz_ng_ExchangePaysWhatItQuotes(uint256 seed, bool up) external {
        (int128 i, int128 j) = up ? (int128(0), int128(1)) : (int128(1), int128(0));
        OpenToken sold = up ? usdc : dai;
        OpenToken bought = up ? dai : usdc;
        uint256 amount = _bound(seed, 1e13, 900_000e18) / (up ? 1e12 : 1);
        _fill(pool, sold, amount);
        uint256 quoted = pool.get_dy(i, j, amount);
        vm.assertEq(pool.exchange(i, j, amount, quoted, USR), quoted);
        vm.assertEq(bought.balanceOf(USR), quoted);
    }

    function test_ng_ExchangeReceivedTakesWhatWasSent() external {
        uint256 quoted = pool.get_dy(0, 1, 100e6);
        usdc.mint(address(pool), 100e6);
        vm.assertEq(pool.exchange_received(0, 1, 100e6, 0, USR), quoted);
    }

    function test_ng_ExchangeReceivedSwapsAGiftTogetherWithThePayment() external {
        uint256 quoted = pool.get_dy(0, 1, 150e6);
        usdc.mint(address(pool), 150e6);
        vm.assertEq(pool.exchange_received(0, 1, 100e6, 0), quoted);
    }

    function test_ng_ExchangeReceivedRevertsWhen_LessWasSent() external {
        usdc.mint(address(pool), 100e6 - 1);
        vm.expectRevert(bytes(""));
        pool.exchange_received(0, 1, 100e6, 0);
    }

    function test_ng_ExchangeReceivedRevertsWhen_ACoinRebases() external {
        StableSwapNG rebasing = _pool([address(usdc), address(dai)], [0, 2], MULTIPLIER);
        _fill(rebasing, usdc, 1_100e6);
        _fill(rebasing, dai, 1_000e18);
        _deposit(rebasing, 1_000e6, 1_000e18);
        usdc.mint(address(rebasing), 100e6);
        vm.expectRevert(bytes(""));
        rebasing.exchange_received(0, 1, 100e6, 0);
        dai.mint(address(rebasing), 7e18); // a rebase belongs to the shares at once
        vm.assertEq(rebasing.balances(1), 1_007e18);
        rebasing.exchange(0, 1, 100e6, 0);
    }

    function test_ng_ExchangeRevertsWhen_ThereIsTooLittleInIt() external {
        _fill(pool, usdc, 100e6);
        uint256 quoted = pool.get_dy(0, 1, 100e6);
        vm.expectRevert(bytes("Exchange resulted in fewer coins than expected"));
        pool.exchange(0, 1, 100e6, quoted + 1);
        vm.expectRevert(bytes(""));
        pool.exchange(0, 1, 0, 0);
        vm.expectRevert(bytes(""));
        pool.exchange(0, 0, 1, 0);
        vm.expectRevert(bytes(""));
        pool.exchange(0, 2, 1, 0);
        vm.expectRevert(bytes(""));
        pool.exchange(-1, 1, 1, 0);
    }

    function test_ng_FeeRisesAsThePoolLeavesItsPeg() external {
        vm.assertEq(pool.dynamic_fee(0, 1), FEE);
        _fill(pool, usdc, 700_000e6);
        pool.exchange(0, 1, 700_000e6, 0);
        uint256 raised = pool.dynamic_fee(0, 1);
        vm.assertLe(3 * FEE / 2, raised);
        vm.assertLe(raised, FEE * MULTIPLIER / 1e10);
        pool.set_new_fee(FEE, 0);
        vm.assertEq(pool.dynamic_fee(0, 1), FEE);
    }

    function test_ng_FeesAreBounded() external {
        pool.set_new_fee(5e9, 1e10);
        vm.expectRevert(bytes(""));
        pool.set_new_fee(5e9 + 1, 0);
        vm.expectRevert(bytes(""));
        pool.set_new_fee(5e9, 1e10 + 1);
        vm.prank(STRANGER);
        vm.expectRevert(bytes(""));
        pool.set_new_fee(0, 0);
    }

    /// @dev `get_dx` charges the fee of the pool before the swap, so that large answers fall short.
    function test_ng_GetDxCanMissWhatItPromises() external view {
        uint256 wanted = 700_000e18;
        uint256 got = pool.get_dy(0, 1, pool.get_dx(0, 1, wanted));
        vm.assertLe(got, wanted - 1);
        vm.assertLe(wanted - 100e18, got);
    }

    function test_ng_HalfOfTheFeeBelongsToTheAdmin() external {
        _fill(pool, usdc, 100_000e6);
        pool.exchange(0, 1, 100_000e6, 0);
        uint256 kept = dai.balanceOf(address(pool)) - pool.balances(1);
        vm.assertEq(kept, pool.admin_balances(1));
        vm.assertLe(4e18, kept);
        vm.assertLe(kept, 6e18);
    }

    function test_ng_AmplificationMovesWithTime() external {
        MORE.warp(100 days);
        uint256 before = pool.get_dy(0, 1, 500_000e6);
        pool.ramp_A(50, block.timestamp + 2 days);
        MORE.warp(101 days);
        vm.assertEq(pool.A(), 275);
        vm.assertLe(pool.get_dy(0, 1, 500_000e6), before - 1);
        vm.expectRevert(bytes(""));
        pool.ramp_A(1, block.timestamp + 2 days); // a tenth at most, and not below
    }

    function test_ng_RateOfAVaultsShareIsWhatTheVaultSays() external {
        SavingsDai savings = new SavingsDai(address(dai));
        dai.mint(address(this), 3_000e18);
        dai.approve(address(savings), type(uint256).max);
        savings.deposit(2_000e18, address(this));
        StableSwapNG vaulted = _pool([address(savings), address(usdc)], [3, 0], MULTIPLIER);
        savings.approve(address(vaulted), type(uint256).max);
        _fill(vaulted, usdc, 1_000e6);
        _deposit(vaulted, 1_000e18, 1_000e6);
        dai.mint(address(savings), 500e18); // a share is worth 1.25 Dai
        vm.assertEq(vaulted.stored_rates()[0], 1.25e18);
        vm.assertLe(121e6, vaulted.get_dy(0, 1, 100e18));
    }

    // --- classic base and metapool ---

    function testFuzz_base_QuoteIsAtMostOneUnitAboveThePayment(uint256 seed) external {
        uint256 amount = _bound(seed, 1e12, 900_000e18);
        dai.mint(address(this), amount);
        uint256 quoted = base.get_dy(0, 1, amount);
        uint256 before = usdc.balanceOf(address(this));
        base.exchange(0, 1, amount, 0);
        uint256 paid = usdc.balanceOf(address(this)) - before;
        vm.assertLe(paid, quoted);
        vm.assertLe(quoted, paid + 1);
    }

    function test_base_RevertsWhen_KilledOrShort() external {
        dai.mint(address(this), 1e18);
        uint256 quoted = base.get_dy(0, 1, 1e18);
        vm.expectRevert(bytes("Exchange resulted in fewer coins than expected"));
        base.exchange(0, 1, 1e18, quoted + 1);
        vm.prank(STRANGER);
        vm.expectRevert(bytes(""));
        base.kill_me();
        base.kill_me();
        vm.expectRevert(bytes(""));
        base.exchange(0, 1, 1e18, 0);
        base.unkill_me();
        base.exchange(0, 1, 1e18, 0);
    }

    function test_base_OneCoinOutPaysWhatItQuotes() external {
        uint256 quoted = base.calc_withdraw_one_coin(10_000e18, 1);
        vm.expectRevert(bytes("Not enough coins removed"));
        base.remove_liquidity_one_coin(10_000e18, 1, quoted + 1);
        uint256 before = usdc.balanceOf(address(this));
        base.remove_liquidity_one_coin(10_000e18, 1, quoted);
        vm.assertEq(usdc.balanceOf(address(this)) - before, quoted);
    }

    function testFuzz_meta_ExchangePaysWhatItQuotes(uint256 seed, bool up) external {
        uint256 amount = _bound(seed, 1e12, 400_000e18);
        (int128 i, int128 j) = up ? (int128(0), int128(1)) : (int128(1), int128(0));
        coin.mint(address(this), amount);
        uint256 quoted = meta.get_dy(i, j, amount);
        vm.assertEq(meta.exchange(i, j, amount, quoted), quoted);
    }

    /// @dev The quote ignores how a deposit moves the base pool: right within a bp or two, not to the unit.
    function test_meta_UnderlyingQuoteIsAGuessWhenTheBaseTakesADeposit() external {
        usdc.mint(address(this), 300_000e6);
        uint256 quoted = meta.get_dy_underlying(2, 0, 300_000e6);
        uint256 paid = meta.exchange_underlying(2, 0, 300_000e6, 0);
        vm.assertTrue(paid != quoted);
        vm.assertLe(paid > quoted ? paid - quoted : quoted - paid, quoted / 5_000);
    }

    function test_meta_UnderlyingQuoteIsExactWhenTheBasePaysOut() external {
        coin.mint(address(this), 10_000e18);
        uint256 quoted = meta.get_dy_underlying(0, 3, 10_000e18);
        vm.expectRevert(bytes("Too few coins in result"));
        meta.exchange_underlying(0, 3, 10_000e18, quoted + 1);
        vm.assertEq(meta.exchange_underlying(0, 3, 10_000e18, quoted), quoted);
    }

    function test_meta_PassesOnASwapWithinTheBase() external {
        usdc.mint(address(this), 10_000e6);
        uint256 paid = meta.exchange_underlying(2, 3, 10_000e6, 0);
        vm.assertLe(9_990e6, paid);
        vm.assertEq(usdt.balanceOf(address(this)), paid);
    }

    function test_meta_RemembersTheBasesPriceForTenMinutes() external {
        MORE.warp(1_000_000);
        coin.mint(address(this), 3e18);
        meta.exchange(0, 1, 1e18, 0);
        uint256 remembered = meta.base_virtual_price();
        dai.mint(address(this), 500_000e18);
        base.exchange(0, 1, 500_000e18, 0); // its fee raises the price
        vm.assertLe(remembered + 1, base.get_virtual_price());
        MORE.warp(1_000_600);
        meta.exchange(0, 1, 1e18, 0);
        vm.assertEq(meta.base_virtual_price(), remembered);
        MORE.warp(1_000_601);
        meta.exchange(0, 1, 1e18, 0);
        vm.assertEq(meta.base_virtual_price(), base.get_virtual_price());
    }

    function test_meta_RevertsWhen_KilledOrShort() external {
        coin.mint(address(this), 1e18);
        uint256 quoted = meta.get_dy(0, 1, 1e18);
        vm.expectRevert(bytes("Too few coins in result"));
        meta.exchange(0, 1, 1e18, quoted + 1);
        meta.kill_me();
        vm.expectRevert(bytes(""));
        meta.exchange(0, 1, 1e18, 0);
        vm.expectRevert(bytes(""));
        meta.exchange_underlying(0, 1, 1e18, 0);
    }

    function _pool(address[2] memory pair, uint8[2] memory kinds, uint256 multiplier) private returns (StableSwapNG) {
        address[] memory coins = new address[](2);
        uint8[] memory types = new uint8[](2);
        (coins[0], coins[1], types[0], types[1]) = (pair[0], pair[1], kinds[0], kinds[1]);
        return new StableSwapNG("pool", "pool", [uint256(500), FEE, multiplier], coins, types, address(this));
    }

    function _fill(StableSwapNG spender, OpenToken token, uint256 amount) private {
        token.mint(address(this), amount);
        token.approve(address(spender), type(uint256).max);
    }

    function _deposit(StableSwapNG into, uint256 first, uint256 second) private {
        uint256[] memory amounts = new uint256[](2);
        (amounts[0], amounts[1]) = (first, second);
        into.add_liquidity(amounts, 0);
    }

    function _openClassic() private {
        // Pool and shares name each other at birth, so the shares name the address the pool will have.
        shares = new CurveLpToken("base", "base", _next(1));
        base =
            new CurveBasePool(address(this), [address(dai), address(usdc), address(usdt)], address(shares), 2_000, 4e6);
        OpenToken[3] memory coins = [dai, usdc, usdt];
        for (uint256 k; k < 3; ++k) {
            coins[k].mint(address(this), DEPTH * 10 ** coins[k].decimals());
            coins[k].approve(address(base), type(uint256).max);
        }
        base.add_liquidity([DEPTH * 1e18, DEPTH * 1e6, DEPTH * 1e6], 0);
        _openMeta();
        for (uint256 k; k < 3; ++k) {
            coins[k].approve(address(meta), type(uint256).max);
        }
    }

    function _openMeta() private {
        CurveLpToken lp = new CurveLpToken("meta", "meta", _next(1));
        meta = new CurveMetaPool(address(this), address(coin), address(lp), address(base), 200, 4e6);
        coin.mint(address(this), DEPTH * 1e18);
        coin.approve(address(meta), type(uint256).max);
        shares.approve(address(meta), type(uint256).max);
        meta.add_liquidity([DEPTH * 1e18, DEPTH * 1e18], 0);
    }

    /// @dev Where this contract's creation after `skipped` others will stand.
    function _next(uint256 skipped) private returns (address) {
        return MORE.computeCreateAddress(address(this), MORE.getNonce(address(this)) + skipped);
    }
}
