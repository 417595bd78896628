// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../interfaces/IDepegExecutor.sol";
import {RunContext} from "../libraries/RunContext.sol";
import {Tokens} from "../libraries/Tokens.sol";

/// @notice Who may do what. Operator and pause share one slot, so that a plan reads one.
abstract contract Roles is IDepegExecutor {
    uint256 private constant PAUSED = 1 << 160;

    /// @inheritdoc IDepegExecutor
    address public immutable TREASURY;
    /// @inheritdoc IDepegExecutor
    address public owner;
    /// @inheritdoc IDepegExecutor
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

    /// @inheritdoc IDepegExecutor
    function operator() public view returns (address) {
        return address(uint160(gate));
    }

    /// @inheritdoc IDepegExecutor
    function paused() public view returns (bool) {
        return gate & PAUSED != 0;
    }

    /// @inheritdoc IDepegExecutor
    function setOperator(address newOperator) external onlyOwner {
        if (newOperator == address(0)) revert RoleMissing();
        gate = gate & PAUSED | uint160(newOperator);
        emit OperatorChanged(newOperator);
    }

    /// @inheritdoc IDepegExecutor
    function pause() external onlyOwner {
        gate |= PAUSED;
        emit PauseChanged(true);
    }

    /// @inheritdoc IDepegExecutor
    function resume() external onlyOwner {
        gate &= ~PAUSED;
        emit PauseChanged(false);
    }

    /// @inheritdoc IDepegExecutor
    function transferOwnership(address newOwner) external onlyOwner {
        pendingOwner = newOwner;
        emit OwnershipOffered(newOwner);
    }

    /// @inheritdoc IDepegExecutor
    function acceptOwnership() external {
        if (msg.sender != pendingOwner) revert NotPendingOwner(msg.sender);
        (owner, pendingOwner) = (msg.sender, address(0));
        emit OwnershipTaken(msg.sender);
    }

    /// @inheritdoc IDepegExecutor
    function withdraw(address token) external onlyOwner returns (uint256 amountRaw) {
        RunContext.requireFree();
        if (token == address(0)) {
            amountRaw = address(this).balance;
            (bool accepted,) = TREASURY.call{value: amountRaw}("");
            if (!accepted) revert TokenCallFailed(token);
        } else {
            amountRaw = Tokens.balance(token);
            Tokens.send(token, TREASURY, amountRaw);
        }
        emit Withdrawn(token, amountRaw);
    }

    function _requireOperator() internal view {
        if (gate == uint160(msg.sender)) return;
        if (msg.sender != operator()) revert NotOperator(msg.sender);
        revert IsPaused();
    }
}
