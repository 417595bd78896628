// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {PancakePair} from "../../contracts/sandbox/PancakePair.sol";
import {PlainToken} from "../../contracts/sandbox/PlainToken.sol";
import {OpenToken} from "./SandboxStandIns.t.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice Takes first, and pays when called back.
contract PairUser {
    PancakePair private immutable PAIR;
    OpenToken private immutable TOKEN;

    constructor(PancakePair pair, OpenToken token) {
        (PAIR, TOKEN) = (pair, token);
    }

    function pancakeCall(address sender, uint256, uint256, bytes calldata data) external {
        require(sender == address(this) || msg.sender == address(PAIR));
        (uint256 paid, bool again) = abi.decode(data, (uint256, bool));
        if (again) PAIR.swap(1, 0, address(this), "");
        TOKEN.transfer(address(PAIR), paid);
    }
}

contract SandboxStandInsPairsTest is TestBase {
    address private constant STRANGER = address(0x0330);
    address private constant USR = address(0x0440);
    uint256 private constant DEPTH = 1_000_000e18;

    OpenToken private first;
    OpenToken private second;
    PancakePair private pair;

    function setUp() external {
        (first, second) = (new OpenToken(18), new OpenToken(18));
        pair = new PancakePair();
        pair.initialize(address(first), address(second));
        first.mint(address(pair), DEPTH);
        second.mint(address(pair), DEPTH);
        vm.assertEq(pair.mint(address(this)), DEPTH - 1_000);
    }

    function testFuzz_pair_PaysItsPriceAndNotAUnitMore(uint256 seed) external {
        uint256 amount = _bound(seed, 1e6, DEPTH);
        uint256 kept = amount * 9_975;
        uint256 out = kept * DEPTH / (DEPTH * 10_000 + kept);
        first.mint(address(pair), amount);
        vm.expectRevert(bytes("Pancake: K"));
        pair.swap(0, out + 1, USR, "");
        pair.swap(0, out, USR, "");
        vm.assertEq(second.balanceOf(USR), out);
    }

    function test_pair_LendsUntilTheEndOfItsOwnCallback() external {
        PairUser user = new PairUser(pair, first);
        uint256 owed = 1_000e18 * uint256(10_000) / 9_975 + 1;
        first.mint(address(user), owed);
        vm.expectRevert(bytes("Pancake: K"));
        pair.swap(1_000e18, 0, address(user), abi.encode(owed - 1, false));
        vm.expectRevert(bytes("Pancake: LOCKED"));
        pair.swap(1_000e18, 0, address(user), abi.encode(owed, true));
        pair.swap(1_000e18, 0, address(user), abi.encode(owed, false));
        vm.assertEq(first.balanceOf(address(user)), 1_000e18);
    }

    function test_pair_RevertsWhen_AskedForNothingOrEverything() external {
        vm.expectRevert(bytes("Pancake: INSUFFICIENT_OUTPUT_AMOUNT"));
        pair.swap(0, 0, USR, "");
        vm.expectRevert(bytes("Pancake: INSUFFICIENT_LIQUIDITY"));
        pair.swap(DEPTH, 0, USR, "");
        vm.expectRevert(bytes("Pancake: INVALID_TO"));
        pair.swap(1, 0, address(second), "");
        vm.expectRevert(bytes("Pancake: INSUFFICIENT_INPUT_AMOUNT"));
        pair.swap(1, 0, USR, "");
        vm.prank(STRANGER);
        vm.expectRevert(bytes("Pancake: FORBIDDEN"));
        pair.initialize(STRANGER, STRANGER);
    }

    function test_pair_GiftIsSkimmedOrSynced() external {
        first.mint(address(pair), 7);
        pair.skim(USR);
        vm.assertEq(first.balanceOf(USR), 7);
        first.mint(address(pair), 7);
        pair.sync();
        (uint112 reserve,,) = pair.getReserves();
        vm.assertEq(uint256(reserve), DEPTH + 7);
    }

    // --- plain token ---

    function test_plain_SpendsAllowancesExceptEndlessOnes() external {
        PlainToken plain = new PlainToken("A", "A", 100, address(this));
        plain.approve(STRANGER, 10);
        vm.prank(STRANGER);
        plain.transferFrom(address(this), USR, 4);
        vm.assertEq(plain.allowance(address(this), STRANGER), 6);
        vm.prank(STRANGER);
        vm.expectRevert();
        plain.transferFrom(address(this), USR, 7);
        plain.approve(STRANGER, type(uint256).max);
        vm.prank(STRANGER);
        plain.transferFrom(address(this), USR, 96);
        vm.assertEq(plain.allowance(address(this), STRANGER), type(uint256).max);
        vm.expectRevert();
        plain.transfer(USR, 1);
        vm.assertEq(plain.balanceOf(USR), plain.totalSupply());
    }
}
