// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PoolLens} from "../../contracts/PoolLens.sol";
import {ManyReads} from "../../contracts/lens/ManyReads.sol";
import {CurveViews} from "../../contracts/lens/CurveViews.sol";
import {UniswapViews} from "../../contracts/lens/UniswapViews.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice A V3 pool's views, with ticks and bitmap kept as the real one keeps them.
contract V3StateDouble {
    uint160 private constant PRICE_X96 = 123 << 96;
    int24 public tickSpacing;
    int24 private tick;
    mapping(int16 => uint256) public tickBitmap;
    mapping(int24 => int128) private nets;

    function set(int24 newTick, int24 newSpacing) external {
        (tick, tickSpacing) = (newTick, newSpacing);
    }

    function addTick(int24 at, int128 net) external {
        int24 compressed = at / tickSpacing;
        if (at < 0 && at % tickSpacing != 0) --compressed;
        tickBitmap[int16(compressed >> 8)] |= 1 << uint8(uint24(compressed) % 256);
        nets[at] = net;
    }

    function slot0() external view returns (uint160, int24, uint16, uint16, uint16, uint8, bool) {
        return (PRICE_X96, tick, 0, 1, 1, 0, true);
    }

    function liquidity() external pure returns (uint128) {
        return 77;
    }

    function fee() external pure returns (uint24) {
        return 100;
    }

    function ticks(int24 at) external view returns (uint128, int128, uint256, uint256, int56, uint160, uint32, bool) {
        return (1, nets[at], 0, 0, 0, 0, 0, true);
    }
}

/// @notice Curve's views; the kind of index that `balances` takes is chosen by the subclass.
abstract contract CurveStateDouble {
    uint256 public constant A = 256;
    uint256 public constant fee = 4_000_000;
}

contract OldCurveDouble is CurveStateDouble {
    function balances(int128 coin) external pure returns (uint256) {
        return 1_000 + uint256(uint128(coin));
    }
}

contract NewCurveDouble is CurveStateDouble {
    function balances(uint256 coin) external pure returns (uint256) {
        return 2_000 + coin;
    }
}

contract Wasteful {
    fallback() external {
        assembly {
            invalid()
        }
    }
}

contract PoolLensTest is TestBase {
    PoolLens private lens;
    V3StateDouble private pool;

    function setUp() external {
        lens = new PoolLens();
        pool = new V3StateDouble();
    }

    function test_read_GivesBlockTimeAndAnswersInOrder() external {
        vm.roll(123);
        ManyReads.Read[] memory reads = new ManyReads.Read[](2);
        OldCurveDouble curve = new OldCurveDouble();
        reads[0] = ManyReads.Read(address(curve), abi.encodeCall(curve.A, ()));
        reads[1] = ManyReads.Read(address(curve), abi.encodeCall(curve.fee, ()));
        (uint256 number, uint256 timestamp, bytes[] memory results) = lens.read(reads);
        vm.assertEq(number, 123);
        vm.assertEq(timestamp, block.timestamp);
        vm.assertEq(abi.decode(results[0], (uint256)), 256);
        vm.assertEq(abi.decode(results[1], (uint256)), 4_000_000);
    }

    function test_read_GivesNothingWhereACallFailsOrNobodyLives() external {
        ManyReads.Read[] memory reads = new ManyReads.Read[](5);
        NewCurveDouble curve = new NewCurveDouble();
        reads[0] = ManyReads.Read(address(0xdead), abi.encodeCall(curve.A, ()));
        reads[1] = ManyReads.Read(address(curve), "nonsense");
        reads[2] = ManyReads.Read(address(new Wasteful()), "");
        reads[3] = ManyReads.Read(address(lens), abi.encodeCall(lens.curve, (address(0xdead), 3)));
        reads[4] = ManyReads.Read(address(lens), abi.encodeCall(lens.curve, (address(curve), 3)));
        (,, bytes[] memory results) = lens.read(reads);
        for (uint256 at = 0; at < 4; ++at) {
            vm.assertEq(results[at].length, 0);
        }
        vm.assertEq(abi.decode(results[4], (CurveViews.CurveState)).amplification, 256);
    }

    function test_curve_ReadsBalancesOfOldAndNewPools() external {
        uint256[] memory old = lens.curve(address(new OldCurveDouble()), 3).balancesRaw;
        uint256[] memory young = lens.curve(address(new NewCurveDouble()), 2).balancesRaw;
        vm.assertEq(old.length, 3);
        vm.assertEq(old[2], 1_002);
        vm.assertEq(young.length, 2);
        vm.assertEq(young[1], 2_001);
    }

    function test_uniswapV3_FindsTheTicksOfTheScannedWords() external {
        pool.set({newTick: -5, newSpacing: 10});
        pool.addTick(-10, 5); // word -1, as the current one
        pool.addTick(-2_560, 6); // the lowest tick of word -1
        pool.addTick(-2_570, 7); // word -2
        pool.addTick(0, 8); // word 0
        pool.addTick(2_550, 9); // the highest tick of word 0
        pool.addTick(2_560, 10); // word 1: out of the scan
        pool.addTick(-5_130, 11); // word -3: out of the scan
        _assertTicks(1, -5_120, 2_559, [int24(-2_570), -2_560, -10, 0, 2_550]);
    }

    function test_uniswapV3_ScansNoFurtherThanTheTickRange() external {
        pool.set({newTick: 0, newSpacing: 10_000});
        pool.addTick(-880_000, 1);
        pool.addTick(-10_000, 2);
        pool.addTick(0, 3);
        pool.addTick(10_000, 4);
        pool.addTick(880_000, 5);
        _assertTicks(1_000, -887_272, 887_272, [int24(-880_000), -10_000, 0, 10_000, 880_000]);
    }

    function testFuzz_uniswapV3_FindsATickExactlyWhenItIsInRange(int24 tick, int24 at, uint8 spacing) external {
        int24 step = int24(uint24(spacing % 200)) + 1;
        tick = int24(int256(_bound(uint24(tick), 0, 2 * 887_272)) - 887_272);
        at = int24(int256(_bound(uint24(at), 0, 2 * 880_000)) - 880_000) / step * step;
        pool.set(tick, step);
        pool.addTick(at, -42);
        UniswapViews.Ranges memory found = lens.uniswapV3(address(pool), 2);
        vm.assertEq(found.tick, tick);
        vm.assertTrue(found.lowestTick <= tick && tick <= found.highestTick);
        vm.assertEq(found.ticks.length, found.lowestTick <= at && at <= found.highestTick ? 1 : 0);
        if (found.ticks.length == 1) {
            vm.assertEq(found.ticks[0], at);
            vm.assertEq(found.liquidityNet[0], -42);
        }
    }

    function _assertTicks(uint256 words, int24 lowest, int24 highest, int24[5] memory expected) private view {
        UniswapViews.Ranges memory found = lens.uniswapV3(address(pool), words);
        vm.assertEq(uint256(found.sqrtPriceX96), 123 << 96);
        vm.assertEq(uint256(found.liquidity), 77);
        vm.assertEq(uint256(found.feePips), 100);
        vm.assertEq(found.tickSpacing, pool.tickSpacing());
        vm.assertEq(found.lowestTick, lowest);
        vm.assertEq(found.highestTick, highest);
        vm.assertEq(found.ticks.length, expected.length);
        for (uint256 at = 0; at < expected.length; ++at) {
            vm.assertEq(found.ticks[at], expected[at]);
        }
    }
}
