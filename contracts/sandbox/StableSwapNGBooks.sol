// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SandboxToken} from "./SandboxToken.sol";
import {ISandboxCoin, SandboxTransfers} from "./SandboxTransfers.sol";

/// @dev What the pool asks of a coin that is a vault.
interface ISandboxVault {
    function asset() external view returns (address);
    function convertToAssets(uint256 shares) external view returns (uint256);
}

/// @title Books of the stand-in for a StableSwap-NG pool: coins, rates, balances, amplification
/// @notice Sandbox only, see StableSwapNG.
abstract contract StableSwapNGBooks is SandboxToken {
    using SandboxTransfers for address;

    // forge-lint: disable-start(mixed-case-function,mixed-case-variable,screaming-snake-case-immutable)

    uint256 internal constant PRECISION = 1e18;
    uint256 internal constant A_PRECISION = 100;
    uint256 private constant MAX_A = 1e6;
    uint256 private constant MAX_A_CHANGE = 10;
    uint256 private constant MIN_RAMP_TIME = 86_400;
    uint8 private constant REBASING = 2;
    uint8 private constant VAULT = 3;

    uint256 public immutable N_COINS;
    address private immutable admin;
    bool internal immutable rebases;

    address[] public coins;
    uint256[] public admin_balances;
    uint256 public initial_A;
    uint256 public future_A;
    uint256 public initial_A_time;
    uint256 public future_A_time;

    uint8[] private assetTypes;
    uint256[] private multipliers;
    uint256[] private storedBalances;
    uint256 private locked;

    modifier nonReentrant() {
        require(locked == 0);
        locked = 1;
        _;
        locked = 0;
    }

    modifier onlyAdmin() {
        require(msg.sender == admin);
        _;
    }

    constructor(uint256 a, address[] memory coins_, uint8[] memory assetTypes_, address admin_) {
        (N_COINS, admin, coins, assetTypes) = (coins_.length, admin_, coins_, assetTypes_);
        initial_A = future_A = a * A_PRECISION;
        bool anyRebases;
        for (uint256 k; k < coins_.length; ++k) {
            multipliers.push(10 ** (36 - ISandboxCoin(coins_[k]).decimals()));
            storedBalances.push(0);
            admin_balances.push(0);
            if (assetTypes_[k] == REBASING) anyRebases = true;
        }
        rebases = anyRebases;
    }

    /// @notice Moves A to `newA` until `time`, a day at least: quotes then change from block to block by themselves.
    function ramp_A(uint256 newA, uint256 time) external onlyAdmin {
        require(block.timestamp >= initial_A_time + MIN_RAMP_TIME && time >= block.timestamp + MIN_RAMP_TIME);
        uint256 now_ = A_precise();
        uint256 target = newA * A_PRECISION;
        require(newA > 0 && newA < MAX_A);
        require(target < now_ ? target * MAX_A_CHANGE >= now_ : target <= now_ * MAX_A_CHANGE);
        (initial_A, future_A, initial_A_time, future_A_time) = (now_, target, block.timestamp, time);
    }

    function stored_rates() external view returns (uint256[] memory) {
        return _rates();
    }

    function get_balances() external view returns (uint256[] memory) {
        return _balances();
    }

    function balances(uint256 i) external view returns (uint256) {
        return _balances()[i];
    }

    function A() external view returns (uint256) {
        return A_precise() / A_PRECISION;
    }

    function A_precise() public view returns (uint256) {
        if (block.timestamp >= future_A_time) return future_A;
        (uint256 passed, uint256 all) = (block.timestamp - initial_A_time, future_A_time - initial_A_time);
        if (future_A > initial_A) return initial_A + (future_A - initial_A) * passed / all;
        return initial_A - (initial_A - future_A) * passed / all;
    }

    // forge-lint: disable-end(mixed-case-function,mixed-case-variable,screaming-snake-case-immutable)

    function _take(uint256 k, uint256 amount, bool sent) internal returns (uint256 got) {
        uint256 before = coins[k].held();
        if (sent) {
            got = before - storedBalances[k];
            require(got >= amount);
        } else {
            coins[k].take(msg.sender, amount);
            got = coins[k].held() - before;
        }
        storedBalances[k] += got;
    }

    function _give(uint256 k, uint256 amount, address receiver) internal {
        require(receiver != address(0));
        if (rebases) storedBalances[k] = coins[k].held() - amount;
        else storedBalances[k] -= amount;
        coins[k].send(receiver, amount);
    }

    function _rates() internal view returns (uint256[] memory rates) {
        rates = multipliers;
        for (uint256 k; k < rates.length; ++k) {
            if (assetTypes[k] != VAULT) continue;
            ISandboxVault vault = ISandboxVault(coins[k]);
            uint256 share = 10 ** ISandboxCoin(coins[k]).decimals();
            uint256 scale = 10 ** (18 - ISandboxCoin(vault.asset()).decimals());
            rates[k] = rates[k] * vault.convertToAssets(share) * scale / PRECISION;
        }
    }

    function _balances() internal view returns (uint256[] memory found) {
        found = storedBalances;
        for (uint256 k; k < found.length; ++k) {
            found[k] = (rebases ? coins[k].held() : found[k]) - admin_balances[k];
        }
    }

    /// @dev A negative or unknown place reverts, without a text as in Vyper.
    function _place(int128 i) internal view returns (uint256) {
        require(i >= 0 && uint128(i) < N_COINS);
        return uint128(i);
    }
}
