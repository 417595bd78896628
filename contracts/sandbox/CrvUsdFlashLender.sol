// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ISandboxCoin} from "./SandboxTransfers.sol";

/// @dev ERC-3156 borrower.
interface ICrvUsdBorrower {
    function onFlashLoan(address initiator, address token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32);
}

/// @title Stand-in for Curve's flash lender of crvUSD
/// @notice Sandbox only: interface and error texts of curvefi/curve-stablecoin contracts/flashloan/FlashLender.vy. It lends
/// what it holds, without fee, and takes it back by allowance. Not Curve's bytecode.
contract CrvUsdFlashLender {
    bytes32 public constant CALLBACK_SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");

    /// @notice In hundredths of a percent.
    uint256 public constant fee = 0;
    uint256 private constant MAX_DATA = 1e5;

    ISandboxCoin private immutable CRVUSD;
    uint256 private locked;

    constructor(address crvUsd) {
        CRVUSD = ISandboxCoin(crvUsd);
    }

    function maxFlashLoan(address token) external view returns (uint256) {
        return token == address(CRVUSD) ? CRVUSD.balanceOf(address(this)) : 0;
    }

    function flashFee(address token, uint256 amount) external view returns (uint256) {
        require(token == address(CRVUSD), "FlashLender: Unsupported currency");
        return amount * fee / 10_000;
    }

    function flashLoan(ICrvUsdBorrower receiver, address token, uint256 amount, bytes calldata data)
        external
        returns (bool)
    {
        require(locked == 0 && data.length <= MAX_DATA);
        locked = 1;
        require(token == address(CRVUSD), "FlashLender: Unsupported currency");
        require(CRVUSD.transfer(address(receiver), amount), "FlashLender: Transfer failed");
        bytes32 answer = receiver.onFlashLoan(msg.sender, token, amount, 0, data);
        require(answer == CALLBACK_SUCCESS, "FlashLender: Callback failed");
        require(CRVUSD.transferFrom(address(receiver), address(this), amount), "FlashLender: Repay failed");
        locked = 0;
        return true;
    }
}
