// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bench} from "./Bench.sol";

/// @notice A loan by Uniswap V4's `take`, and nothing else.
contract BareTake is Bench {
    function take(address token, uint256 amountRaw) external {
        MANAGER.unlock(abi.encode(token, amountRaw));
    }

    function unlockCallback(bytes calldata data) external returns (bytes memory) {
        (address token, uint256 amountRaw) = abi.decode(data, (address, uint256));
        MANAGER.take(token, address(this), amountRaw);
        MANAGER.sync(token);
        _send(token, address(MANAGER), amountRaw);
        MANAGER.settle();
        return "";
    }
}
