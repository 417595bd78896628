// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Hooked} from "./Hooked.sol";
import {TokenDouble} from "./TokenDouble.sol";

/// @notice Curve pool that pays what the test set, from its own balance. The hook runs between the two transfers.
contract CurveDouble is Hooked {
    mapping(int128 => address) internal coins;
    mapping(int128 => mapping(int128 => uint256)) internal priceWad;
    uint256 internal untakenRaw;

    function setCoin(int128 coin, address token) external {
        coins[coin] = token;
    }

    /// @param newPriceWad Base units of coin j per base unit of coin i, times 1e18.
    function setPrice(int128 i, int128 j, uint256 newPriceWad) external {
        priceWad[i][j] = newPriceWad;
    }

    /// @dev Takes that much less than it is allowed to.
    function leaveUntaken(uint256 amountRaw) external {
        untakenRaw = amountRaw;
    }

    function exchange(int128 i, int128 j, uint256 amountInRaw, uint256) external {
        TokenDouble(coins[i]).transferFrom(msg.sender, address(this), amountInRaw - untakenRaw);
        _runHook();
        TokenDouble(coins[j]).transfer(msg.sender, amountInRaw * priceWad[i][j] / 1e18);
    }
}
