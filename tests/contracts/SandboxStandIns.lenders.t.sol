// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BalancerV3Vault} from "../../contracts/sandbox/BalancerV3Vault.sol";
import {CrvUsd} from "../../contracts/sandbox/CrvUsd.sol";
import {CrvUsdFlashLender, ICrvUsdBorrower} from "../../contracts/sandbox/CrvUsdFlashLender.sol";
import {GhoFlashMinter, IGhoBorrower} from "../../contracts/sandbox/GhoFlashMinter.sol";
import {GhoToken} from "../../contracts/sandbox/GhoToken.sol";
import {OpenToken} from "./SandboxStandIns.t.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice Aave's provider and access list in one.
contract AaveRoles {
    mapping(address => bool) public isFlashBorrower;
    mapping(address => bool) public isPoolAdmin;

    function getACLManager() external view returns (address) {
        return address(this);
    }

    function list(address borrower) external {
        isFlashBorrower[borrower] = true;
    }

    function admit(address admin) external {
        isPoolAdmin[admin] = true;
    }
}

/// @dev What the borrower needs of a token.
interface IApprovable {
    function approve(address spender, uint256 amount) external returns (bool);
    function balanceOf(address owner) external view returns (uint256);
}

/// @notice ERC-3156 borrower that repays, or does one thing wrong.
contract Borrower3156 {
    enum Manner {
        Honest,
        WrongAnswer,
        NoAllowance,
        BorrowsAgain
    }

    Manner public manner;
    uint256 public held;
    uint256 public charged;

    function behave(Manner newManner) external {
        manner = newManner;
    }

    function borrowFromCurve(CrvUsdFlashLender lender, address token, uint256 amount) external {
        lender.flashLoan(ICrvUsdBorrower(address(this)), token, amount, "");
    }

    function borrowFromAave(GhoFlashMinter lender, address token, uint256 amount) external {
        lender.flashLoan(IGhoBorrower(address(this)), token, amount, "");
    }

    function onFlashLoan(address, address token, uint256 amount, uint256 fee, bytes calldata)
        external
        returns (bytes32)
    {
        (held, charged) = (IApprovable(token).balanceOf(address(this)), fee);
        if (manner == Manner.BorrowsAgain) {
            CrvUsdFlashLender(msg.sender).flashLoan(ICrvUsdBorrower(address(this)), token, 1, "");
        }
        if (manner != Manner.NoAllowance) IApprovable(token).approve(msg.sender, amount + fee);
        return manner == Manner.WrongAnswer ? bytes32(0) : keccak256("ERC3156FlashBorrower.onFlashLoan");
    }
}

/// @notice Calls the vault and is called back.
contract VaultUser {
    BalancerV3Vault private immutable VAULT;
    OpenToken private immutable TOKEN;
    uint256 public credited;

    error Refused();

    constructor(BalancerV3Vault vault, OpenToken token) {
        (VAULT, TOKEN) = (vault, token);
    }

    function open(bytes calldata data) external returns (bytes memory) {
        return VAULT.unlock(data);
    }

    function take(uint256 taken, uint256 paid, uint256 hint) external returns (uint256) {
        VAULT.sendTo(address(TOKEN), address(this), taken);
        TOKEN.transfer(address(VAULT), paid);
        credited = VAULT.settle(address(TOKEN), hint);
        return 42;
    }

    function takeNested(uint256 amount) external {
        VAULT.unlock(abi.encodeCall(this.takeOnly, (amount)));
        require(VAULT.getNonzeroDeltaCount() == 1 && VAULT.getTokenDelta(address(TOKEN)) == int256(amount));
        TOKEN.transfer(address(VAULT), amount);
        VAULT.settle(address(TOKEN), amount);
    }

    function takeOnly(uint256 amount) external {
        VAULT.sendTo(address(TOKEN), address(this), amount);
    }

    function refuse() external pure {
        revert Refused();
    }

    function refuseSilently() external pure {
        revert();
    }
}

contract SandboxStandInsLendersTest is TestBase {
    address private constant TREASURY = address(0x0660);
    uint256 private constant CAPACITY = 1_000e18;

    CrvUsd private crvUsd;
    CrvUsdFlashLender private curve;
    GhoToken private gho;
    GhoFlashMinter private minter;
    AaveRoles private roles;
    Borrower3156 private borrower;
    OpenToken private usdc;
    BalancerV3Vault private vault;
    VaultUser private user;

    function setUp() external {
        borrower = new Borrower3156();
        crvUsd = new CrvUsd(address(this));
        curve = new CrvUsdFlashLender(address(crvUsd));
        crvUsd.mint(address(curve), 500e18);
        gho = new GhoToken(address(this));
        roles = new AaveRoles();
        minter = new GhoFlashMinter(address(gho), TREASURY, 100, address(roles));
        gho.addFacilitator(address(minter), "FlashMinter", uint128(CAPACITY));
        gho.addFacilitator(address(this), "test", 1_000_000e18);
        gho.mint(address(borrower), 100e18);
        usdc = new OpenToken(6);
        _openVault();
    }

    // --- crvUSD flash lender ---

    function testFuzz_curve_LendsWhatItHoldsForNothing(uint256 seed) external {
        uint256 amount = _bound(seed, 0, 500e18);
        borrower.borrowFromCurve(curve, address(crvUsd), amount);
        vm.assertEq(borrower.held(), amount);
        vm.assertEq(borrower.charged(), 0);
        vm.assertEq(curve.maxFlashLoan(address(crvUsd)), 500e18);
    }

    function test_curve_RevertsWhen_AskedForMoreOrOther() external {
        vm.expectRevert();
        borrower.borrowFromCurve(curve, address(crvUsd), 500e18 + 1);
        vm.expectRevert(bytes("FlashLender: Unsupported currency"));
        borrower.borrowFromCurve(curve, address(usdc), 1);
        vm.expectRevert(bytes("FlashLender: Unsupported currency"));
        curve.flashFee(address(usdc), 1);
        vm.assertEq(curve.maxFlashLoan(address(usdc)), 0);
    }

    function test_curve_RevertsWhen_TheBorrowerMisbehaves() external {
        borrower.behave(Borrower3156.Manner.WrongAnswer);
        vm.expectRevert(bytes("FlashLender: Callback failed"));
        borrower.borrowFromCurve(curve, address(crvUsd), 1e18);
        borrower.behave(Borrower3156.Manner.NoAllowance);
        vm.expectRevert();
        borrower.borrowFromCurve(curve, address(crvUsd), 1e18);
        borrower.behave(Borrower3156.Manner.BorrowsAgain);
        vm.expectRevert();
        borrower.borrowFromCurve(curve, address(crvUsd), 1e18);
    }

    // --- GHO flash minter ---

    function test_minter_ChargesItsFeeAndKeepsItForTheTreasury() external {
        borrower.borrowFromAave(minter, address(gho), 500e18);
        vm.assertEq(borrower.charged(), 5e18);
        vm.assertEq(gho.balanceOf(address(borrower)), 95e18);
        minter.distributeFeesToTreasury();
        vm.assertEq(gho.balanceOf(TREASURY), 5e18);
        vm.assertEq(minter.maxFlashLoan(address(gho)), CAPACITY);
    }

    function test_minter_LetsAavesListBorrowFree() external {
        roles.list(address(borrower));
        borrower.borrowFromAave(minter, address(gho), 500e18);
        vm.assertEq(borrower.charged(), 0);
        vm.assertEq(minter.flashFee(address(gho), 500e18), 5e18); // whoever asks here is not on it
    }

    function test_minter_RevertsWhen_ItsBucketIsFullOrTheTokenAnother() external {
        vm.expectRevert(bytes("FACILITATOR_BUCKET_CAPACITY_EXCEEDED"));
        borrower.borrowFromAave(minter, address(gho), CAPACITY + 1);
        vm.expectRevert(bytes("FlashMinter: Unsupported currency"));
        borrower.borrowFromAave(minter, address(usdc), 1);
        gho.setFacilitatorBucketCapacity(address(minter), 0);
        vm.assertEq(minter.maxFlashLoan(address(gho)), 0);
        vm.expectRevert(bytes("FACILITATOR_BUCKET_CAPACITY_EXCEEDED"));
        borrower.borrowFromAave(minter, address(gho), 1);
    }

    function test_minter_RevertsWhen_TheAnswerIsWrong() external {
        borrower.behave(Borrower3156.Manner.WrongAnswer);
        vm.expectRevert(bytes("FlashMinter: Callback failed"));
        borrower.borrowFromAave(minter, address(gho), 1e18);
    }

    function test_minter_FeeIsForAavesAdminToSet() external {
        vm.expectRevert(bytes("CALLER_NOT_POOL_ADMIN"));
        minter.updateFee(1);
        roles.admit(address(this));
        minter.updateFee(10_000);
        vm.expectRevert(bytes("FlashMinter: Fee out of range"));
        minter.updateFee(10_001);
        vm.assertEq(minter.getFee(), 10_000);
    }

    // --- Balancer V3 ---

    function testFuzz_vault_LendsWithinAnUnlockForNothing(uint256 seed) external {
        uint256 amount = _bound(seed, 0, 1_000e6);
        bytes memory answer = user.open(abi.encodeCall(user.take, (amount, amount, amount)));
        vm.assertEq(abi.decode(answer, (uint256)), 42);
        vm.assertEq(user.credited(), amount);
        vm.assertEq(vault.getReservesOf(address(usdc)), 1_000e6);
        vm.assertTrue(!vault.isUnlocked());
    }

    function test_vault_RevertsWhen_OneUnitIsMissing() external {
        vm.expectRevert(abi.encodeWithSelector(BalancerV3Vault.BalanceNotSettled.selector));
        user.open(abi.encodeCall(user.take, (100, 99, 100)));
    }

    /// @dev What is paid above the hint is a gift, what is hinted above the payment is not credited.
    function test_vault_CreditsTheLessOfHintAndPayment() external {
        usdc.mint(address(user), 1);
        user.open(abi.encodeCall(user.take, (100, 101, 100)));
        vm.assertEq(vault.getReservesOf(address(usdc)), 1_000e6 + 1);
        user.open(abi.encodeCall(user.take, (100, 100, type(uint256).max)));
        vm.assertEq(user.credited(), 100);
        usdc.mint(address(user), 1);
        vm.expectRevert(abi.encodeWithSelector(BalancerV3Vault.BalanceNotSettled.selector));
        user.open(abi.encodeCall(user.take, (100, 101, 101))); // credit left over is not settled either
    }

    function test_vault_RevertsWhen_ItIsLocked() external {
        vm.expectRevert(abi.encodeWithSelector(BalancerV3Vault.VaultIsNotUnlocked.selector));
        vault.sendTo(address(usdc), address(this), 1);
        vm.expectRevert(abi.encodeWithSelector(BalancerV3Vault.VaultIsNotUnlocked.selector));
        vault.settle(address(usdc), 0);
    }

    function test_vault_LooksAtTheBooksOnlyWhenTheOutermostUnlockEnds() external {
        user.open(abi.encodeCall(user.takeNested, (100)));
        vm.assertEq(vault.getNonzeroDeltaCount(), 0);
        vm.expectRevert(abi.encodeWithSelector(BalancerV3Vault.BalanceNotSettled.selector));
        user.open(abi.encodeCall(user.takeOnly, (100)));
    }

    function test_vault_RevertsWhen_ItsReservesEnd() external {
        vm.expectRevert();
        user.open(abi.encodeCall(user.take, (1_000e6 + 1, 1_000e6 + 1, 1_000e6 + 1)));
    }

    function test_vault_HandsOnWhatTheCalledBackSays() external {
        vm.expectRevert(abi.encodeWithSelector(VaultUser.Refused.selector));
        user.open(abi.encodeCall(user.refuse, ()));
        vm.expectRevert(abi.encodeWithSelector(BalancerV3Vault.FailedCall.selector));
        user.open(abi.encodeCall(user.refuseSilently, ()));
        vm.prank(TREASURY);
        vm.expectRevert(abi.encodeWithSelector(BalancerV3Vault.AddressEmptyCode.selector, TREASURY));
        vault.unlock("");
    }

    function _openVault() private {
        address[] memory tokens = new address[](1);
        tokens[0] = address(usdc);
        bytes memory creation = abi.encodePacked(type(BalancerV3Vault).creationCode, abi.encode(tokens));
        bytes32 digest = keccak256(abi.encodePacked(bytes1(0xff), address(this), bytes32(0), keccak256(creation)));
        address next = address(uint160(uint256(digest)));
        usdc.mint(next, 1_000e6);
        vault = new BalancerV3Vault{salt: 0}(tokens);
        user = new VaultUser(vault, usdc);
    }
}
