// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../../contracts/interfaces/IDepegExecutor.sol";
import {DepegExecutor} from "../../../contracts/DepegExecutor.sol";
import {WildToken} from "../exploits/world/WildToken.sol";
import {TestBase} from "../support/TestBase.sol";

/// @notice Lender that lends free of charge.
contract ProofLender {
    function flashLoan(WildToken token, uint256 amountRaw, bytes calldata data) external {
        token.transfer(msg.sender, amountRaw);
        (bool success,) = msg.sender.call(abi.encodeWithSignature("onMorphoFlashLoan(uint256,bytes)", amountRaw, data));
        require(success, "refused");
        token.transferFrom(msg.sender, address(this), amountRaw);
    }
}

/// @notice Pool that pays back what it was told to, in the token that it takes.
contract ProofPool {
    WildToken internal taken;
    WildToken internal paid;
    uint256 internal outRaw;

    function set(WildToken newTaken, WildToken newPaid, uint256 newOutRaw) external {
        (taken, paid, outRaw) = (newTaken, newPaid, newOutRaw);
    }

    function exchange(int128, int128, uint256 amountInRaw, uint256) external {
        taken.transferFrom(msg.sender, address(this), amountInRaw);
        paid.transfer(msg.sender, outRaw);
    }
}

/// @notice For halmos: the arithmetic of the minimum, for every price and every minimum.
contract MinimumProof is TestBase {
    address internal constant OPERATOR = address(0x0220);
    address internal constant TREASURY = address(0x0550);
    address internal constant MORPHO = 0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb;
    uint256 internal constant LOAN = 1e12;
    uint256 internal constant MIDDLE = 7e11;
    uint256 internal constant DEEP = 1e30;

    DepegExecutor internal executor;
    WildToken internal token;
    WildToken internal middle;
    ProofPool internal there;
    ProofPool internal back;

    function setUp() public {
        vm.chainId(1);
        vm.roll(100);
        (token, middle) = (new WildToken(), new WildToken());
        (there, back) = (new ProofPool(), new ProofPool());
        address[] memory tokens = new address[](2);
        (tokens[0], tokens[1]) = (address(token), address(middle));
        bytes32[] memory targets = new bytes32[](2);
        targets[0] = bytes32(uint256(uint160(address(there))));
        targets[1] = bytes32(uint256(uint160(address(back))));
        executor = new DepegExecutor(address(0x0110), OPERATOR, TREASURY, tokens, targets);
        vm.etch(MORPHO, address(new ProofLender()).code);
        token.mint(MORPHO, DEEP);
        token.mint(address(back), DEEP);
        middle.mint(address(there), DEEP);
        there.set(token, middle, MIDDLE);
    }

    function check_aPlanThatEndsEarnsItsMinimum_AndOneThatCanEnds(uint96 outRaw, uint96 minProfitRaw) external {
        back.set(middle, token, outRaw);
        vm.prank(OPERATOR);
        (bool success,) = address(executor).call(_plan(minProfitRaw));
        uint256 gotRaw = token.balanceOf(TREASURY);
        if (success) assert(gotRaw >= minProfitRaw && gotRaw == outRaw - LOAN);
        else assert(uint256(outRaw) < LOAN + minProfitRaw || outRaw == 0);
        assert(token.balanceOf(MORPHO) == DEEP);
        assert(token.balanceOf(address(executor)) == 0 && middle.balanceOf(address(executor)) == 0);
        assert(token.allowance(address(executor), MORPHO) == 0);
    }

    /// @dev Tokens that were here before change nothing: neither do they help a plan, nor do they leave.
    function check_strayTokensNeitherHelpNorLeave(uint96 outRaw, uint96 minProfitRaw, uint96 strayRaw) external {
        back.set(middle, token, outRaw);
        token.mint(address(executor), strayRaw);
        vm.prank(OPERATOR);
        (bool success,) = address(executor).call(_plan(minProfitRaw));
        if (success) assert(token.balanceOf(TREASURY) >= minProfitRaw && outRaw >= LOAN + minProfitRaw);
        assert(token.balanceOf(address(executor)) == strayRaw);
    }

    /// @dev Push: borrow of Morpho, all of it there, all of that back.
    function _plan(uint256 minProfitRaw) private pure returns (bytes memory) {
        uint256 head = uint256(IDepegExecutor.Mode.Push) | 100 << 32 | minProfitRaw << 128;
        uint256 loan = 128 + uint256(IDepegExecutor.Lender.Morpho) | LOAN << 128;
        uint256 first = uint256(0) << 8 | 1 << 16 | 0 << 24 | 2 << 72;
        uint256 second = uint256(1) << 8 | 0 << 16 | 1 << 24 | 2 << 72;
        return abi.encodePacked(IDepegExecutor.execute.selector, head, loan, first, second);
    }
}
