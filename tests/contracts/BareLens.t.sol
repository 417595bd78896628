// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {BareLens} from "../../contracts/BareLens.sol";
import {ManyReads} from "../../contracts/lens/ManyReads.sol";
import {TestBase} from "./support/TestBase.sol";

/// @notice Answers with what it is asked, whatever that is.
contract Echo {
    fallback(bytes calldata asked) external returns (bytes memory) {
        return asked;
    }
}

contract BareLensTest is TestBase {
    function testFuzz_read_AnswersAsSolidityWouldEncodeIt(bytes[] calldata answers) external {
        ManyReads.Read[] memory reads = new ManyReads.Read[](answers.length);
        address echo = address(new Echo());
        for (uint256 at = 0; at < answers.length; ++at) {
            reads[at] = ManyReads.Read(echo, answers[at]);
        }
        (bool success, bytes memory told) = address(new BareLens()).call(abi.encodeCall(ManyReads.read, (reads)));
        vm.assertTrue(success);
        vm.assertEq(told, abi.encode(block.number, block.timestamp, answers));
    }

    function testFuzz_read_LeavesNothingOfAQuestionThatWasLongerThanItsAnswer(bytes calldata question) external {
        ManyReads.Read[] memory reads = new ManyReads.Read[](1);
        reads[0] = ManyReads.Read(address(0xdead), question);
        (, bytes memory told) = address(new BareLens()).call(abi.encodeCall(ManyReads.read, (reads)));
        vm.assertEq(told, abi.encode(block.number, block.timestamp, new bytes[](1)));
    }
}
