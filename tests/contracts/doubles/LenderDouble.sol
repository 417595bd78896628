// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IExecutorCallbacks} from "../support/IExecutorCallbacks.sol";
import {Hooked} from "./Hooked.sol";
import {TokenDouble} from "./TokenDouble.sol";

/// @notice All three lenders in one, honest unless the test says otherwise. The hook runs last.
contract LenderDouble is Hooked {
    enum Calling {
        Once,
        Never,
        Twice,
        WithOtherData
    }

    Calling internal calling;
    address internal initiator;
    uint256 internal unpulledRaw;
    uint256 internal balancerFeeRaw;

    function setCalling(Calling newCalling) external {
        calling = newCalling;
    }

    /// @dev Aave names this address as the one who asked, instead of the one who did.
    function setInitiator(address newInitiator) external {
        initiator = newInitiator;
    }

    /// @dev Pulls that much less than it is owed.
    function leaveUnpulled(uint256 amountRaw) external {
        unpulledRaw = amountRaw;
    }

    function setBalancerFee(uint256 feeRaw) external {
        balancerFeeRaw = feeRaw;
    }

    function flashLoanSimple(address receiver, address asset, uint256 amountRaw, bytes calldata params, uint16)
        external
    {
        uint256 premiumRaw = (amountRaw * 5 + 5_000) / 10_000;
        address asked = initiator == address(0) ? msg.sender : initiator;
        TokenDouble(asset).transfer(receiver, amountRaw);
        for (uint256 at = 0; at < _times(); ++at) {
            require(
                IExecutorCallbacks(receiver).executeOperation(asset, amountRaw, premiumRaw, asked, _data(params)),
                "refused"
            );
        }
        if (_times() != 0) {
            TokenDouble(asset).transferFrom(receiver, address(this), amountRaw + premiumRaw - unpulledRaw);
        }
    }

    function flashLoan(
        address recipient,
        address[] calldata tokens,
        uint256[] calldata amountsRaw,
        bytes calldata userData
    ) external {
        uint256[] memory feesRaw = new uint256[](1);
        feesRaw[0] = balancerFeeRaw;
        uint256 before = TokenDouble(tokens[0]).balanceOf(address(this));
        TokenDouble(tokens[0]).transfer(recipient, amountsRaw[0]);
        for (uint256 at = 0; at < _times(); ++at) {
            IExecutorCallbacks(recipient).receiveFlashLoan(tokens, amountsRaw, feesRaw, _data(userData));
        }
        if (_times() != 0) {
            require(TokenDouble(tokens[0]).balanceOf(address(this)) >= before + balancerFeeRaw, "BAL#515");
        }
        _runHook();
    }

    function flashLoan(address token, uint256 amountRaw, bytes calldata data) external {
        TokenDouble(token).transfer(msg.sender, amountRaw);
        for (uint256 at = 0; at < _times(); ++at) {
            IExecutorCallbacks(msg.sender).onMorphoFlashLoan(amountRaw, _data(data));
        }
        if (_times() != 0) TokenDouble(token).transferFrom(msg.sender, address(this), amountRaw - unpulledRaw);
    }

    function _times() private view returns (uint256) {
        if (calling == Calling.Never) return 0;
        return calling == Calling.Twice ? 2 : 1;
    }

    function _data(bytes calldata given) private view returns (bytes memory) {
        return calling == Calling.WithOtherData ? bytes.concat(given, "!") : given;
    }
}
