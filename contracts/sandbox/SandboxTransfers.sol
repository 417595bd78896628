// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev What the stand-ins ask of the coins they hold.
interface ISandboxCoin {
    function decimals() external view returns (uint8);
    function balanceOf(address owner) external view returns (uint256);
    function approve(address spender, uint256 amount) external returns (bool);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// @title Transfers of coins that may return nothing
/// @notice Sandbox only. What the coin says when it refuses is handed on.
library SandboxTransfers {
    function send(address coin, address to, uint256 amount) internal {
        _call(coin, abi.encodeCall(ISandboxCoin.transfer, (to, amount)));
    }

    function take(address coin, address from, uint256 amount) internal {
        _call(coin, abi.encodeCall(ISandboxCoin.transferFrom, (from, address(this), amount)));
    }

    function allow(address coin, address spender, uint256 amount) internal {
        _call(coin, abi.encodeCall(ISandboxCoin.approve, (spender, amount)));
    }

    function held(address coin) internal view returns (uint256) {
        return ISandboxCoin(coin).balanceOf(address(this));
    }

    function _call(address coin, bytes memory data) private {
        (bool success, bytes memory answer) = coin.call(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        require(answer.length == 0 || abi.decode(answer, (bool)));
    }
}
