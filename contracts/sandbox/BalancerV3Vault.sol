// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SandboxTransfers} from "./SandboxTransfers.sol";

/// @title Stand-in for the transient accounting of Balancer's V3 Vault
/// @notice Sandbox only: `unlock`, `sendTo` and `settle` with the errors of balancer/balancer-v3-monorepo
/// pkg/vault/contracts/Vault.sol and VaultCommon.sol. No pools, no liquidity, no pause: lending only. Not Balancer's bytecode.
/// @dev Its reserves are what it held when it was built; a transfer counts once somebody settles it.
contract BalancerV3Vault {
    using SandboxTransfers for address;

    mapping(address => uint256) private reserves;
    bool private transient unlocked;
    bool private transient entered;
    uint256 private transient nonZeroDeltas;

    error VaultIsNotUnlocked();
    error BalanceNotSettled();
    error ReentrancyGuardReentrantCall();
    error FailedCall();
    error AddressEmptyCode(address target);

    modifier onlyWhenUnlocked() {
        if (!unlocked) revert VaultIsNotUnlocked();
        _;
    }

    modifier nonReentrant() {
        if (entered) revert ReentrancyGuardReentrantCall();
        entered = true;
        _;
        entered = false;
    }

    constructor(address[] memory tokens) {
        for (uint256 k; k < tokens.length; ++k) {
            reserves[tokens[k]] = tokens[k].held();
        }
    }

    /// @notice Calls the caller back with `data`, its own selector and arguments; what was taken must be settled then.
    /// @dev Inside an unlocked vault it is a plain call: only the outermost one looks at the books.
    function unlock(bytes calldata data) external returns (bytes memory result) {
        bool outermost = !unlocked;
        unlocked = true;
        result = _callBack(data);
        if (outermost) {
            if (nonZeroDeltas != 0) revert BalanceNotSettled();
            unlocked = false;
        }
    }

    /// @notice Credits what came in since the reserves were last written, at most `amountHint`; more is a gift.
    function settle(address token, uint256 amountHint) external nonReentrant onlyWhenUnlocked returns (uint256 credit) {
        uint256 held = token.held();
        credit = held - reserves[token];
        reserves[token] = held;
        if (credit > amountHint) credit = amountHint;
        _account(token, -int256(credit));
    }

    /// @notice Sends tokens and books them as the caller's debt.
    function sendTo(address token, address to, uint256 amount) external nonReentrant onlyWhenUnlocked {
        _account(token, int256(amount));
        reserves[token] -= amount;
        token.send(to, amount);
    }

    function isUnlocked() external view returns (bool) {
        return unlocked;
    }

    function getNonzeroDeltaCount() external view returns (uint256) {
        return nonZeroDeltas;
    }

    /// @notice Positive: owed to the vault.
    function getTokenDelta(address token) external view returns (int256) {
        return _delta(token);
    }

    function getReservesOf(address token) external view returns (uint256) {
        return reserves[token];
    }

    function _account(address token, int256 change) private {
        if (change == 0) return;
        int256 before = _delta(token);
        int256 next = before + change;
        if (next == 0) --nonZeroDeltas;
        else if (before == 0) ++nonZeroDeltas;
        bytes32 slot = _slot(token);
        assembly ("memory-safe") {
            tstore(slot, next)
        }
    }

    function _delta(address token) private view returns (int256 delta) {
        bytes32 slot = _slot(token);
        assembly ("memory-safe") {
            delta := tload(slot)
        }
    }

    function _slot(address token) private pure returns (bytes32) {
        return keccak256(abi.encode("delta", token));
    }

    function _callBack(bytes calldata data) private returns (bytes memory answer) {
        bool success;
        (success, answer) = msg.sender.call(data);
        if (!success) {
            if (answer.length == 0) revert FailedCall();
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        if (answer.length == 0 && msg.sender.code.length == 0) revert AddressEmptyCode(msg.sender);
    }
}
