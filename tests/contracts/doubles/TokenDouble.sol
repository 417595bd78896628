// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Hooked} from "./Hooked.sol";

/// @notice Token with the awkward manners of real ones, chosen by the test. The hook runs on each transfer.
contract TokenDouble is Hooked {
    enum Answer {
        True,
        Nothing,
        False
    }

    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    Answer internal answer;
    bool internal approvesOnlyFromZero;
    uint256 internal feeBps;

    function setAnswer(Answer newAnswer) external {
        answer = newAnswer;
    }

    /// @dev As USDT: no return values, and no change from one non-zero allowance to another.
    function behaveAsUsdt() external {
        (answer, approvesOnlyFromZero) = (Answer.Nothing, true);
    }

    function setFee(uint256 newFeeBps) external {
        feeBps = newFeeBps;
    }

    function mint(address to, uint256 amountRaw) external {
        balanceOf[to] += amountRaw;
    }

    function transfer(address to, uint256 amountRaw) external {
        _move(msg.sender, to, amountRaw);
        _answer();
    }

    function transferFrom(address from, address to, uint256 amountRaw) external {
        allowance[from][msg.sender] -= amountRaw;
        _move(from, to, amountRaw);
        _answer();
    }

    function approve(address spender, uint256 amountRaw) external {
        if (approvesOnlyFromZero) require(amountRaw == 0 || allowance[msg.sender][spender] == 0, "approve race");
        allowance[msg.sender][spender] = amountRaw;
        _answer();
    }

    function _move(address from, address to, uint256 amountRaw) private {
        balanceOf[from] -= amountRaw;
        balanceOf[to] += amountRaw - amountRaw * feeBps / 10_000;
        _runHook();
    }

    function _answer() private view {
        uint256 size = answer == Answer.Nothing ? 0 : 32;
        uint256 word = answer == Answer.True ? 1 : 0;
        assembly ("memory-safe") {
            mstore(0, word)
            return(0, size)
        }
    }
}
