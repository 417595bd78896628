// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {SandboxToken} from "./SandboxToken.sol";
import {SandboxTransfers} from "./SandboxTransfers.sol";

/// @dev Who takes first and pays inside the call.
interface IPancakeCallee {
    function pancakeCall(address sender, uint256 amount0, uint256 amount1, bytes calldata data) external;
}

/// @title Stand-in for a pair of PancakeSwap V2 on Ethereum
/// @notice Sandbox only: a fork of Uniswap V2 with its own fee, 25 of 10,000, and its own callback, `pancakeCall`; errors
/// of pancakeswap/pancake-smart-contracts exchange-protocol PancakePair.sol. Missing: withdrawals, the price sums, the
/// factory's share of the fee. Not Pancake's bytecode.
contract PancakePair is SandboxToken {
    using SandboxTransfers for address;

    uint256 private constant WHOLE = 10_000;
    uint256 private constant FEE = 25;
    uint256 private constant MINIMUM_LIQUIDITY = 1_000;

    // forge-lint: disable-next-line(screaming-snake-case-immutable)
    address public immutable factory;
    address public token0;
    address public token1;
    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private updatedAt;
    bool private locked;

    event Sync(uint112 reserve0, uint112 reserve1);
    event Swap(
        address indexed sender,
        uint256 amount0In,
        uint256 amount1In,
        uint256 amount0Out,
        uint256 amount1Out,
        address indexed to
    );

    modifier lock() {
        require(!locked, "Pancake: LOCKED");
        locked = true;
        _;
        locked = false;
    }

    constructor() SandboxToken("Pancake LPs", "Cake-LP") {
        factory = msg.sender;
    }

    function initialize(address first, address second) external {
        require(msg.sender == factory, "Pancake: FORBIDDEN");
        (token0, token1) = (first, second);
    }

    /// @notice Shares for what came in since the last update.
    function mint(address to) external lock returns (uint256 liquidity) {
        (uint256 balance0, uint256 balance1) = (token0.held(), token1.held());
        (uint256 in0, uint256 in1) = (balance0 - reserve0, balance1 - reserve1);
        if (totalSupply == 0) {
            liquidity = _root(in0 * in1) - MINIMUM_LIQUIDITY;
            _mint(address(0), MINIMUM_LIQUIDITY);
        } else {
            (uint256 by0, uint256 by1) = (in0 * totalSupply / reserve0, in1 * totalSupply / reserve1);
            liquidity = by0 < by1 ? by0 : by1;
        }
        require(liquidity > 0, "Pancake: INSUFFICIENT_LIQUIDITY_MINTED");
        _mint(to, liquidity);
        _update(balance0, balance1);
    }

    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external lock {
        require(amount0Out > 0 || amount1Out > 0, "Pancake: INSUFFICIENT_OUTPUT_AMOUNT");
        require(amount0Out < reserve0 && amount1Out < reserve1, "Pancake: INSUFFICIENT_LIQUIDITY");
        require(to != token0 && to != token1, "Pancake: INVALID_TO");
        if (amount0Out > 0) token0.send(to, amount0Out);
        if (amount1Out > 0) token1.send(to, amount1Out);
        if (data.length > 0) IPancakeCallee(to).pancakeCall(msg.sender, amount0Out, amount1Out, data);
        (uint256 balance0, uint256 balance1) = (token0.held(), token1.held());
        uint256 in0 = _excess(balance0, reserve0 - amount0Out);
        uint256 in1 = _excess(balance1, reserve1 - amount1Out);
        require(in0 > 0 || in1 > 0, "Pancake: INSUFFICIENT_INPUT_AMOUNT");
        uint256 product = (balance0 * WHOLE - in0 * FEE) * (balance1 * WHOLE - in1 * FEE);
        require(product >= uint256(reserve0) * reserve1 * WHOLE ** 2, "Pancake: K");
        _update(balance0, balance1);
        emit Swap(msg.sender, in0, in1, amount0Out, amount1Out, to);
    }

    function skim(address to) external lock {
        token0.send(to, token0.held() - reserve0);
        token1.send(to, token1.held() - reserve1);
    }

    function sync() external lock {
        _update(token0.held(), token1.held());
    }

    function getReserves() external view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, updatedAt);
    }

    function _update(uint256 balance0, uint256 balance1) private {
        require(balance0 <= type(uint112).max && balance1 <= type(uint112).max, "Pancake: OVERFLOW");
        (reserve0, reserve1, updatedAt) = (uint112(balance0), uint112(balance1), uint32(block.timestamp));
        emit Sync(reserve0, reserve1);
    }

    function _excess(uint256 balance, uint256 expected) private pure returns (uint256) {
        return balance > expected ? balance - expected : 0;
    }

    function _root(uint256 square) private pure returns (uint256 root) {
        if (square == 0) return 0;
        root = square;
        uint256 next = square / 2 + 1;
        while (next < root) (root, next) = (next, (square / next + next) / 2);
    }
}
