// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../interfaces/IDepegExecutor.sol";

/// @notice Tokens and targets, fixed at deployment and named by index: a plan cannot name a stranger.
/// @dev Immutables, chosen by comparisons: a list in storage would cost 2,100 gas an entry.
abstract contract AllowList is IDepegExecutor {
    uint256 private constant MOST_TOKENS = 16;
    uint256 private constant MOST_TARGETS = 24;

    address private immutable T0;
    address private immutable T1;
    address private immutable T2;
    address private immutable T3;
    address private immutable T4;
    address private immutable T5;
    address private immutable T6;
    address private immutable T7;
    address private immutable T8;
    address private immutable T9;
    address private immutable T10;
    address private immutable T11;
    address private immutable T12;
    address private immutable T13;
    address private immutable T14;
    address private immutable T15;
    bytes32 private immutable P0;
    bytes32 private immutable P1;
    bytes32 private immutable P2;
    bytes32 private immutable P3;
    bytes32 private immutable P4;
    bytes32 private immutable P5;
    bytes32 private immutable P6;
    bytes32 private immutable P7;
    bytes32 private immutable P8;
    bytes32 private immutable P9;
    bytes32 private immutable P10;
    bytes32 private immutable P11;
    bytes32 private immutable P12;
    bytes32 private immutable P13;
    bytes32 private immutable P14;
    bytes32 private immutable P15;
    bytes32 private immutable P16;
    bytes32 private immutable P17;
    bytes32 private immutable P18;
    bytes32 private immutable P19;
    bytes32 private immutable P20;
    bytes32 private immutable P21;
    bytes32 private immutable P22;
    bytes32 private immutable P23;

    constructor(address[] memory tokens, bytes32[] memory targets) {
        if (tokens.length > MOST_TOKENS) revert ListTooLong(tokens.length, MOST_TOKENS);
        if (targets.length > MOST_TARGETS) revert ListTooLong(targets.length, MOST_TARGETS);
        if (tokens.length < 2 || tokens[0] == address(0) || tokens[1] == address(0)) {
            revert UnknownToken(tokens.length);
        }
        T0 = _entry(tokens, 0);
        T1 = _entry(tokens, 1);
        T2 = _entry(tokens, 2);
        T3 = _entry(tokens, 3);
        T4 = _entry(tokens, 4);
        T5 = _entry(tokens, 5);
        T6 = _entry(tokens, 6);
        T7 = _entry(tokens, 7);
        T8 = _entry(tokens, 8);
        T9 = _entry(tokens, 9);
        T10 = _entry(tokens, 10);
        T11 = _entry(tokens, 11);
        T12 = _entry(tokens, 12);
        T13 = _entry(tokens, 13);
        T14 = _entry(tokens, 14);
        T15 = _entry(tokens, 15);
        P0 = _entry(targets, 0);
        P1 = _entry(targets, 1);
        P2 = _entry(targets, 2);
        P3 = _entry(targets, 3);
        P4 = _entry(targets, 4);
        P5 = _entry(targets, 5);
        P6 = _entry(targets, 6);
        P7 = _entry(targets, 7);
        P8 = _entry(targets, 8);
        P9 = _entry(targets, 9);
        P10 = _entry(targets, 10);
        P11 = _entry(targets, 11);
        P12 = _entry(targets, 12);
        P13 = _entry(targets, 13);
        P14 = _entry(targets, 14);
        P15 = _entry(targets, 15);
        P16 = _entry(targets, 16);
        P17 = _entry(targets, 17);
        P18 = _entry(targets, 18);
        P19 = _entry(targets, 19);
        P20 = _entry(targets, 20);
        P21 = _entry(targets, 21);
        P22 = _entry(targets, 22);
        P23 = _entry(targets, 23);
    }

    /// @inheritdoc IDepegExecutor
    function tokenAt(uint256 index) external view returns (address) {
        return _token(index);
    }

    /// @inheritdoc IDepegExecutor
    function targetAt(uint256 index) external view returns (bytes32) {
        return _target(index);
    }

    /// @dev The first two are asked for most, and are there for certain.
    function _token(uint256 index) internal view returns (address token) {
        if (index == 0) return T0;
        if (index == 1) return T1;
        if (index < 4) {
            token = index == 2 ? T2 : T3;
        } else if (index < 8) {
            if (index < 6) {
                token = index == 4 ? T4 : T5;
            } else {
                token = index == 6 ? T6 : T7;
            }
        } else {
            if (index < 12) {
                if (index < 10) {
                    token = index == 8 ? T8 : T9;
                } else {
                    token = index == 10 ? T10 : T11;
                }
            } else {
                if (index < 14) {
                    token = index == 12 ? T12 : T13;
                } else {
                    token = index == 14 ? T14 : T15;
                }
            }
        }
        if (token == address(0) || index >= MOST_TOKENS) revert UnknownToken(index);
    }

    /// @dev As an address in the low 160 bits, or as a pool id.
    function _target(uint256 index) internal view returns (bytes32 target) {
        if (index < 8) {
            if (index < 4) {
                if (index < 2) {
                    target = index == 0 ? P0 : P1;
                } else {
                    target = index == 2 ? P2 : P3;
                }
            } else {
                if (index < 6) {
                    target = index == 4 ? P4 : P5;
                } else {
                    target = index == 6 ? P6 : P7;
                }
            }
        } else if (index < 16) {
            if (index < 12) {
                if (index < 10) {
                    target = index == 8 ? P8 : P9;
                } else {
                    target = index == 10 ? P10 : P11;
                }
            } else {
                if (index < 14) {
                    target = index == 12 ? P12 : P13;
                } else {
                    target = index == 14 ? P14 : P15;
                }
            }
        } else {
            if (index < 20) {
                if (index < 18) {
                    target = index == 16 ? P16 : P17;
                } else {
                    target = index == 18 ? P18 : P19;
                }
            } else {
                if (index < 22) {
                    target = index == 20 ? P20 : P21;
                } else {
                    target = index == 22 ? P22 : P23;
                }
            }
        }
        if (target == 0 || index >= MOST_TARGETS) revert UnknownTarget(index);
    }

    function _targetAddress(uint256 index) internal view returns (address) {
        return address(uint160(uint256(_target(index))));
    }

    function _entry(address[] memory list, uint256 index) private pure returns (address) {
        return index < list.length ? list[index] : address(0);
    }

    function _entry(bytes32[] memory list, uint256 index) private pure returns (bytes32) {
        return index < list.length ? list[index] : bytes32(0);
    }
}
