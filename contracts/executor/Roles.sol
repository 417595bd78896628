// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IPlanExecutor} from "../interfaces/IPlanExecutor.sol";
import {RunContext} from "../libraries/RunContext.sol";
import {TokenCalls} from "../libraries/TokenCalls.sol";

/// @notice Who may do what. Operator and pause share one slot, so that a plan reads one.
abstract contract Roles is IPlanExecutor {
    uint256 private constant PAUSED = 1 << 160;

    /// @inheritdoc IPlanExecutor
    address public immutable TREASURY;
    /// @inheritdoc IPlanExecutor
    address public owner;
    /// @inheritdoc IPlanExecutor
    address public pendingOwner;
    /// @dev The operator, and PAUSED. Equal to the caller only if it is the operator and plans are not paused.
    uint256 private gate;

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        _;
    }

    constructor(address firstOwner, address firstOperator, address treasury) {
        if (firstOwner == address(0) || firstOperator == address(0) || treasury == address(0)) revert RoleMissing();
        TREASURY = treasury;
        owner = firstOwner;
        gate = uint160(firstOperator);
        emit OwnershipTaken(firstOwner);
        emit OperatorChanged(firstOperator);
    }

    /// @inheritdoc IPlanExecutor
    function operator() public view returns (address) {
        return address(uint160(gate));
    }

    /// @inheritdoc IPlanExecutor
    function paused() public view returns (bool) {
        return gate & PAUSED != 0;
    }

    /// @inheritdoc IPlanExecutor
    function setOperator(address newOperator) external onlyOwner {
        if (newOperator == address(0)) revert RoleMissing();
        gate = gate & PAUSED | uint160(newOperator);
        emit OperatorChanged(newOperator);
    }

    /// @inheritdoc IPlanExecutor
    function pause() external onlyOwner {
        gate |= PAUSED;
        emit PauseChanged(true);
    }

    /// @inheritdoc IPlanExecutor
    function resume() external onlyOwner {
        gate &= ~PAUSED;
        emit PauseChanged(false);
    }

    /// @inheritdoc IPlanExecutor
    function transferOwnership(address newOwner) external onlyOwner {
        pendingOwner = newOwner;
        emit OwnershipOffered(newOwner);
    }

    /// @inheritdoc IPlanExecutor
    function acceptOwnership() external {
        if (msg.sender != pendingOwner) revert NotPendingOwner(msg.sender);
        (owner, pendingOwner) = (msg.sender, address(0));
        emit OwnershipTaken(msg.sender);
    }

    /// @inheritdoc IPlanExecutor
    function withdraw(address token) external onlyOwner returns (uint256 amountRaw) {
        RunContext.requireFree();
        if (token == address(0)) {
            amountRaw = address(this).balance;
            (bool accepted,) = TREASURY.call{value: amountRaw}("");
            if (!accepted) revert TokenCallFailed(token);
        } else {
            amountRaw = TokenCalls.balance(token);
            TokenCalls.send(token, TREASURY, amountRaw);
        }
        emit Withdrawn(token, amountRaw);
    }

    function _requireOperator() internal view {
        if (gate == uint160(msg.sender)) return;
        if (msg.sender != operator()) revert NotOperator(msg.sender);
        revert IsPaused();
    }
}
