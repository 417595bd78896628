// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IExecutorCallbacks} from "../support/IExecutorCallbacks.sol";
import {Hooked} from "./Hooked.sol";
import {TokenDouble} from "./TokenDouble.sol";

/// @notice Uniswap V3 pool at a fixed price, with a limit to what it takes. The hook runs before the callback.
contract V3PoolDouble is Hooked {
    enum Calling {
        Once,
        Never,
        Twice,
        WithOtherData
    }

    address internal token0;
    address internal token1;
    uint24 public fee;
    uint256 internal priceWad;
    uint256 internal capacityRaw;
    Calling internal calling;

    function set(address newToken0, address newToken1, uint24 newFee) external {
        (token0, token1, fee, priceWad, capacityRaw) = (newToken0, newToken1, newFee, 1e18, type(uint256).max);
    }

    /// @param newPriceWad Base units out per base unit in, either way, times 1e18.
    function setPrice(uint256 newPriceWad) external {
        priceWad = newPriceWad;
    }

    function setCapacity(uint256 newCapacityRaw) external {
        capacityRaw = newCapacityRaw;
    }

    function setCalling(Calling newCalling) external {
        calling = newCalling;
    }

    function swap(address to, bool zeroForOne, int256 amountSpecified, uint160, bytes calldata data)
        external
        returns (int256 amount0, int256 amount1)
    {
        uint256 asked = uint256(amountSpecified);
        uint256 taken = asked < capacityRaw ? asked : capacityRaw;
        uint256 paid = taken * priceWad / 1e18;
        (amount0, amount1) = zeroForOne ? (int256(taken), -int256(paid)) : (-int256(paid), int256(taken));
        TokenDouble(zeroForOne ? token1 : token0).transfer(to, paid);
        _runHook();
        address tokenIn = zeroForOne ? token0 : token1;
        uint256 before = TokenDouble(tokenIn).balanceOf(address(this));
        if (calling == Calling.Never) return (amount0, amount1);
        bytes memory echoed = calling == Calling.WithOtherData ? abi.encode(token1) : data;
        IExecutorCallbacks(msg.sender).uniswapV3SwapCallback(amount0, amount1, echoed);
        if (calling == Calling.Twice) {
            IExecutorCallbacks(msg.sender).uniswapV3SwapCallback(amount0, amount1, echoed);
        }
        require(TokenDouble(tokenIn).balanceOf(address(this)) == before + taken, "IIA");
    }
}
