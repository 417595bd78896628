// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {DssFlash, IFlashBorrower} from "../../contracts/sandbox/DssFlash.sol";
import {LitePSM} from "../../contracts/sandbox/LitePSM.sol";
import {SavingsDai} from "../../contracts/sandbox/SavingsDai.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice A plain token that anybody mints and burns.
contract OpenToken {
    uint8 public immutable decimals;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    constructor(uint8 decimals_) {
        decimals = decimals_;
    }

    function mint(address to, uint256 amount) external {
        balanceOf[to] += amount;
    }

    function burn(address from, uint256 amount) external {
        balanceOf[from] -= amount;
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        balanceOf[msg.sender] -= amount;
        balanceOf[to] += amount;
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        allowance[from][msg.sender] -= amount;
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        return true;
    }
}

/// @notice Borrower that repays, or does one thing wrong.
contract Borrower {
    enum Manner {
        Honest,
        WrongAnswer,
        NoRepayment,
        BorrowsAgain
    }

    DssFlash private immutable LENDER;
    OpenToken private immutable DAI;
    Manner public manner;
    uint256 public held;

    constructor(DssFlash lender, OpenToken dai) {
        (LENDER, DAI) = (lender, dai);
    }

    function behave(Manner newManner) external {
        manner = newManner;
    }

    function onFlashLoan(address, address token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32)
    {
        held = DAI.balanceOf(address(this));
        if (manner == Manner.BorrowsAgain) LENDER.flashLoan(IFlashBorrower(address(this)), token, amount, data);
        if (manner != Manner.NoRepayment) DAI.approve(msg.sender, amount + fee);
        return manner == Manner.WrongAnswer ? bytes32(0) : LENDER.CALLBACK_SUCCESS();
    }
}

contract SandboxStandInsTest is TestBase {
    address private constant STRANGER = address(0x0330);
    address private constant USR = address(0x0440);
    address private constant POCKET = address(0x0550);
    uint256 private constant MAX_LOAN = 1_000e18;

    OpenToken private dai;
    OpenToken private usdc;
    DssFlash private flash;
    LitePSM private psm;
    SavingsDai private savings;
    Borrower private borrower;

    function setUp() external {
        dai = new OpenToken(18);
        usdc = new OpenToken(6);
        flash = new DssFlash(address(dai), MAX_LOAN, address(this));
        psm = new LitePSM(address(dai), address(usdc), POCKET, address(this));
        savings = new SavingsDai(address(dai));
        borrower = new Borrower(flash, dai);
        dai.mint(address(psm), 1_000e18);
        usdc.mint(POCKET, 1_000e6);
        vm.prank(POCKET);
        usdc.approve(address(psm), type(uint256).max);
        dai.mint(address(this), 1_000_000e18);
        usdc.mint(address(this), 1_000_000e6);
        dai.approve(address(psm), type(uint256).max);
        usdc.approve(address(psm), type(uint256).max);
        dai.approve(address(savings), type(uint256).max);
    }

    // --- DssFlash ---

    function testFuzz_flashLoan_MintsAndBurnsTheSame(uint256 seed) external {
        uint256 amount = _bound(seed, 0, MAX_LOAN);
        flash.flashLoan(IFlashBorrower(address(borrower)), address(dai), amount, "");
        vm.assertEq(borrower.held(), amount);
        vm.assertEq(dai.balanceOf(address(borrower)), 0);
        vm.assertEq(dai.balanceOf(address(flash)), 0);
    }

    function test_flashLoan_RevertsWhen_AboveTheCeiling() external {
        vm.expectRevert(bytes("DssFlash/ceiling-exceeded"));
        flash.flashLoan(IFlashBorrower(address(borrower)), address(dai), MAX_LOAN + 1, "");
    }

    function test_flashLoan_RevertsWhen_TokenIsNotDai() external {
        vm.expectRevert(bytes("DssFlash/token-unsupported"));
        flash.flashLoan(IFlashBorrower(address(borrower)), address(usdc), 1, "");
    }

    function test_flashLoan_RevertsWhen_TheAnswerIsWrong() external {
        borrower.behave(Borrower.Manner.WrongAnswer);
        vm.expectRevert(bytes("DssFlash/callback-failed"));
        flash.flashLoan(IFlashBorrower(address(borrower)), address(dai), 1, "");
    }

    function test_flashLoan_RevertsWhen_NotRepaid() external {
        borrower.behave(Borrower.Manner.NoRepayment);
        vm.expectRevert();
        flash.flashLoan(IFlashBorrower(address(borrower)), address(dai), 1, "");
    }

    function test_flashLoan_RevertsWhen_TakenInsideAnother() external {
        borrower.behave(Borrower.Manner.BorrowsAgain);
        vm.expectRevert(bytes("DssFlash/reentrancy-guard"));
        flash.flashLoan(IFlashBorrower(address(borrower)), address(dai), 1, "");
    }

    function test_maxFlashLoan_FollowsTheCeilingOfTheWard() external {
        flash.file("max", 7);
        vm.assertEq(flash.maxFlashLoan(address(dai)), 7);
        vm.assertEq(flash.maxFlashLoan(address(usdc)), 0);
        vm.prank(STRANGER);
        vm.expectRevert(bytes("DssFlash/not-authorized"));
        flash.file("max", 8);
    }

    // --- LitePSM ---

    function test_sellGem_PaysParLessFee() external {
        psm.file("tin", 0.01e18);
        vm.assertEq(psm.sellGem(USR, 100e6), 99e18);
        vm.assertEq(dai.balanceOf(USR), 99e18);
        vm.assertEq(usdc.balanceOf(POCKET), 1_100e6);
    }

    function test_buyGem_TakesParPlusFee() external {
        psm.file("tout", 0.01e18);
        vm.assertEq(psm.buyGem(USR, 100e6), 101e18);
        vm.assertEq(usdc.balanceOf(USR), 100e6);
        vm.assertEq(dai.balanceOf(address(psm)), 1_101e18);
    }

    function test_swaps_StopWhereTheSideIsEmpty() external {
        psm.sellGem(USR, 1_000e6);
        vm.expectRevert();
        psm.sellGem(USR, 1);
        psm.buyGem(USR, 2_000e6);
        vm.expectRevert();
        psm.buyGem(USR, 1);
    }

    function test_swaps_RevertWhen_Halted() external {
        uint256 halted = psm.HALTED();
        vm.assertEq(halted, type(uint256).max);
        psm.file("tin", halted);
        psm.file("tout", halted);
        vm.expectRevert(bytes("DssLitePsm/sell-gem-halted"));
        psm.sellGem(USR, 1);
        vm.expectRevert(bytes("DssLitePsm/buy-gem-halted"));
        psm.buyGem(USR, 1);
    }

    function test_file_RevertsWhen_OutOfRangeUnknownOrNotAWard() external {
        psm.file("tin", 1e18);
        vm.expectRevert(bytes("DssLitePsm/tin-out-of-range"));
        psm.file("tin", 1e18 + 1);
        vm.expectRevert(bytes("DssLitePsm/tout-out-of-range"));
        psm.file("tout", 1e18 + 1);
        vm.expectRevert(bytes("DssLitePsm/file-unrecognized-param"));
        psm.file("fee", 0);
        vm.prank(STRANGER);
        vm.expectRevert(bytes("DssLitePsm/not-authorized"));
        psm.file("tin", 0);
    }

    // --- SavingsDai ---

    function testFuzz_savings_NeverPayMoreThanWasPutIn(uint256 seed, uint256 earned) external {
        uint256 assets = _bound(seed, 1, 1_000e18);
        savings.deposit(1_000e18, USR);
        dai.mint(address(savings), _bound(earned, 0, 500e18));
        uint256 shares = savings.deposit(assets, address(this));
        vm.assertLe(savings.redeem(shares, address(this), address(this)), assets);
        vm.assertLe(savings.previewDeposit(assets), savings.previewWithdraw(assets));
        vm.assertLe(savings.previewRedeem(assets), savings.previewMint(assets));
    }

    function test_savings_ShareRisesWithWhatTheVaultEarns() external {
        savings.deposit(100e18, address(this));
        vm.assertEq(savings.convertToAssets(1e18), 1e18);
        dai.mint(address(savings), 12e18);
        vm.assertEq(savings.convertToAssets(1e18), 1.12e18);
        vm.assertEq(savings.withdraw(56e18, USR, address(this)), 50e18);
        vm.assertEq(dai.balanceOf(USR), 56e18);
    }

    function test_savings_RevertWhen_SomebodyElseRedeemsWithoutAllowance() external {
        savings.deposit(100e18, address(this));
        vm.prank(STRANGER);
        vm.expectRevert(bytes("SavingsDai/insufficient-allowance"));
        savings.redeem(1, STRANGER, address(this));
        savings.approve(STRANGER, 1e18);
        vm.prank(STRANGER);
        savings.redeem(1e18, STRANGER, address(this));
        vm.assertEq(savings.allowance(address(this), STRANGER), 0);
    }
}
