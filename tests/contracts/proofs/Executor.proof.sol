// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../../contracts/interfaces/IDepegExecutor.sol";
import {DepegExecutor} from "../../../contracts/DepegExecutor.sol";
import {WildToken} from "../exploits/world/WildToken.sol";
import {TestBase} from "../support/TestBase.sol";

/// @notice For halmos: every `check_` is proven for all callers and arguments, within the lengths of bytes and arrays
/// that the command line names.
contract ExecutorProof is TestBase {
    address internal constant OWNER = address(0x0110);
    address internal constant OPERATOR = address(0x0220);
    address internal constant TREASURY = address(0x0550);
    uint256 internal constant STRAY = 1e12;

    DepegExecutor internal executor;
    WildToken internal token;

    function setUp() public {
        vm.chainId(1);
        token = new WildToken();
        address[] memory tokens = new address[](2);
        (tokens[0], tokens[1]) = (address(token), address(new WildToken()));
        executor = new DepegExecutor(OWNER, OPERATOR, TREASURY, tokens, new bytes32[](0));
        token.mint(address(executor), STRAY);
    }

    // ------------------------------------------------------------- callbacks are unreachable without a run

    function check_uniswapV3SwapCallback_isShut(address who, int256 amount0, int256 amount1, bytes calldata data)
        external
    {
        _isShut(who, abi.encodeCall(executor.uniswapV3SwapCallback, (amount0, amount1, data)));
    }

    function check_uniswapV3FlashCallback_isShut(address who, uint256 fee0, uint256 fee1, bytes calldata data)
        external
    {
        _isShut(who, abi.encodeCall(executor.uniswapV3FlashCallback, (fee0, fee1, data)));
    }

    function check_uniswapV2Call_isShut(address who, address by, uint256 out0, uint256 out1, bytes calldata data)
        external
    {
        _isShut(who, abi.encodeCall(executor.uniswapV2Call, (by, out0, out1, data)));
    }

    function check_unlockCallback_isShut(address who, bytes calldata data) external {
        _isShut(who, abi.encodeCall(executor.unlockCallback, (data)));
    }

    function check_executeOperation_isShut(
        address who,
        address asset,
        uint256 amountRaw,
        uint256 feeRaw,
        address by,
        bytes calldata data
    ) external {
        _isShut(who, abi.encodeCall(executor.executeOperation, (asset, amountRaw, feeRaw, by, data)));
    }

    function check_onMorphoFlashLoan_isShut(address who, uint256 amountRaw, bytes calldata data) external {
        _isShut(who, abi.encodeCall(executor.onMorphoFlashLoan, (amountRaw, data)));
    }

    function check_receiveFlashLoan_isShut(
        address who,
        address[] calldata tokens,
        uint256[] calldata amountsRaw,
        uint256[] calldata feesRaw,
        bytes calldata data
    ) external {
        _isShut(who, abi.encodeCall(executor.receiveFlashLoan, (tokens, amountsRaw, feesRaw, data)));
    }

    function check_onBalancerV3Unlock_isShut(address who, bytes calldata data) external {
        _isShut(who, abi.encodeCall(executor.onBalancerV3Unlock, (data)));
    }

    function check_onFlashLoan_isShut(
        address who,
        address by,
        address asset,
        uint256 amountRaw,
        uint256 feeRaw,
        bytes calldata data
    ) external {
        _isShut(who, abi.encodeCall(executor.onFlashLoan, (by, asset, amountRaw, feeRaw, data)));
    }

    // ------------------------------------------------------------- roles

    function check_execute_isTheOperatorsOnly(address who, uint256 head, uint256 step) external {
        vm.assume(who != OPERATOR);
        _isShut(who, abi.encodePacked(IDepegExecutor.execute.selector, head, step));
    }

    function check_withdraw_isTheOwnersOnly(address who, address asset) external {
        vm.assume(who != OWNER);
        _isShut(who, abi.encodeCall(executor.withdraw, (asset)));
    }

    function check_setOperator_isTheOwnersOnly(address who, address next) external {
        vm.assume(who != OWNER);
        _isShut(who, abi.encodeCall(executor.setOperator, (next)));
    }

    function check_transferOwnership_isTheOwnersOnly(address who, address next) external {
        vm.assume(who != OWNER);
        _isShut(who, abi.encodeCall(executor.transferOwnership, (next)));
    }

    function check_pauseAndResume_areTheOwnersOnly(address who, bool resume) external {
        vm.assume(who != OWNER);
        _isShut(who, resume ? abi.encodeCall(executor.resume, ()) : abi.encodeCall(executor.pause, ()));
    }

    function check_acceptOwnership_isForWhomItWasOfferedOnly(address offered, address who) external {
        vm.assume(who != address(0) && who != offered);
        vm.prank(OWNER);
        executor.transferOwnership(offered);
        _isShut(who, abi.encodeCall(executor.acceptOwnership, ()));
    }

    /// @dev What the owner moves out goes to the treasury, all of it.
    function check_withdraw_sendsToTheTreasuryOnly(address bystander) external {
        vm.assume(bystander != TREASURY && bystander != address(executor));
        uint256 before = token.balanceOf(bystander);
        vm.prank(OWNER);
        executor.withdraw(address(token));
        assert(token.balanceOf(bystander) == before);
        assert(token.balanceOf(TREASURY) == STRAY);
    }

    // ------------------------------------------------------------- entry

    function check_execute_isRefusedWhenLate(uint256 head, uint256 step, uint32 late) external {
        vm.assume(late > uint32(head >> 32));
        vm.roll(late);
        _isShut(OPERATOR, abi.encodePacked(IDepegExecutor.execute.selector, head, step));
    }

    function check_execute_isRefusedWhilePaused(uint256 head, uint256 step) external {
        vm.prank(OWNER);
        executor.pause();
        _isShut(OPERATOR, abi.encodePacked(IDepegExecutor.execute.selector, head, step));
    }

    function check_ether_isTakenFromWethOnly(address who, uint96 amountWei) external {
        vm.assume(who != 0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2);
        vm.prank(who);
        (bool success,) = address(executor).call{value: amountWei}("");
        assert(!success);
    }

    /// @dev Nobody gets through, and the stray tokens stay.
    function _isShut(address who, bytes memory data) private {
        vm.prank(who);
        (bool success,) = address(executor).call(data);
        assert(!success);
        assert(token.balanceOf(address(executor)) == STRAY);
    }
}
