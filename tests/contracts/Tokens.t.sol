// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../contracts/interfaces/IDepegExecutor.sol";
import {Tokens} from "../../contracts/libraries/Tokens.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice Answers every call with the bytes it was given, as success or as revert.
contract Parrot {
    bytes private answer;
    bool private fails;

    constructor(bytes memory newAnswer, bool newFails) {
        (answer, fails) = (newAnswer, newFails);
    }

    fallback() external {
        bytes memory said = answer;
        bool failing = fails;
        assembly ("memory-safe") {
            if failing { revert(add(said, 32), mload(said)) }
            return(add(said, 32), mload(said))
        }
    }
}

contract TokensTest is TestBase {
    address private constant SOMEONE = address(0x0440);

    function test_send_AcceptsTrueAndSilence() external {
        this.send(_token({answer: abi.encode(true), fails: false}));
        this.send(_token({answer: "", fails: false}));
    }

    function test_send_RevertsWhen_TheAnswerIsNotTrue() external {
        address saysNo = _token({answer: abi.encode(false), fails: false});
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.TokenCallFailed.selector, saysNo));
        this.send(saysNo);
        address saysTwo = _token({answer: abi.encode(2), fails: false});
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.TokenCallFailed.selector, saysTwo));
        this.send(saysTwo);
        address mumbles = _token({answer: hex"01", fails: false});
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.TokenCallFailed.selector, mumbles));
        this.send(mumbles);
    }

    function test_send_RevertsWhen_NobodyIsThere() external {
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.TokenCallFailed.selector, SOMEONE));
        this.send(SOMEONE);
    }

    function test_send_PassesOnWhyTheTokenReverts() external {
        address silent = _token({answer: "", fails: true});
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.TokenCallFailed.selector, silent));
        this.send(silent);
        bytes memory reason = abi.encodeWithSignature("Error(string)", "paused");
        address loud = _token({answer: reason, fails: true});
        vm.expectRevert(reason);
        this.send(loud);
        address mocking = _token({answer: abi.encode(true), fails: true});
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.TokenCallFailed.selector, mocking));
        this.send(mocking);
    }

    function test_requireSpent_RevertsWhen_AnAllowanceIsLeft() external {
        address token = _token({answer: abi.encode(9), fails: false});
        vm.expectRevert(abi.encodeWithSelector(IDepegExecutor.AllowanceLeft.selector, token, SOMEONE, 9));
        this.requireSpent(token);
        this.requireSpent(_token({answer: abi.encode(0), fails: false}));
    }

    function send(address token) external {
        Tokens.send(token, SOMEONE, 5);
    }

    function requireSpent(address token) external view {
        Tokens.requireSpent(token, SOMEONE);
    }

    function _token(bytes memory answer, bool fails) private returns (address) {
        return address(new Parrot(answer, fails));
    }
}
