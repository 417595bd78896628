// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {TokenDouble} from "./TokenDouble.sol";

/// @notice Uniswap V2 pair with its real invariant: 0.3 % of the input stays.
contract PairDouble {
    address internal token0;
    address internal token1;
    uint112 internal reserve0;
    uint112 internal reserve1;

    function set(address newToken0, address newToken1, uint112 newReserve0, uint112 newReserve1) external {
        (token0, token1, reserve0, reserve1) = (newToken0, newToken1, newReserve0, newReserve1);
    }

    function getReserves() external view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, 0);
    }

    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external {
        require(data.length == 0, "no flash swap here");
        if (amount0Out != 0) TokenDouble(token0).transfer(to, amount0Out);
        if (amount1Out != 0) TokenDouble(token1).transfer(to, amount1Out);
        uint256 balance0 = TokenDouble(token0).balanceOf(address(this));
        uint256 balance1 = TokenDouble(token1).balanceOf(address(this));
        uint256 in0 = balance0 + amount0Out - reserve0;
        uint256 in1 = balance1 + amount1Out - reserve1;
        uint256 kept = (balance0 * 1000 - in0 * 3) * (balance1 * 1000 - in1 * 3);
        require(kept >= uint256(reserve0) * reserve1 * 1e6, "K");
        (reserve0, reserve1) = (uint112(balance0), uint112(balance1));
    }
}
