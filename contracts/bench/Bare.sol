// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {Bench, ICurve, ICurveNg, IManager, IPair, IPool, IPsm, IToken} from "./Bench.sol";

/// @notice The cheapest swaps and loans there are: own inventory, standing approvals, no check.
contract Bare is Bench {
    struct V4Swap {
        IManager.Key key;
        bool zeroForOne;
        uint256 amountRaw;
    }

    function v2(address pair, address tokenIn, uint256 amountInRaw, uint256 amount0Out, uint256 amount1Out) external {
        _send(tokenIn, pair, amountInRaw);
        IPair(pair).swap(amount0Out, amount1Out, address(this), "");
    }

    function v3(address pool, address tokenIn, bool zeroForOne, uint256 amountRaw) external returns (uint256) {
        (int256 amount0, int256 amount1) =
            IPool(pool).swap(address(this), zeroForOne, int256(amountRaw), _limit(zeroForOne), abi.encode(tokenIn));
        return uint256(-(zeroForOne ? amount1 : amount0));
    }

    function uniswapV3SwapCallback(int256 amount0, int256 amount1, bytes calldata data) external {
        _send(abi.decode(data, (address)), msg.sender, uint256(amount0 > 0 ? amount0 : amount1));
    }

    function v4(IManager.Key calldata key, bool zeroForOne, uint256 amountRaw) external returns (uint256) {
        return abi.decode(MANAGER.unlock(abi.encode(V4Swap(key, zeroForOne, amountRaw))), (uint256));
    }

    function unlockCallback(bytes calldata data) external returns (bytes memory) {
        V4Swap memory order = abi.decode(data, (V4Swap));
        bool zero = order.zeroForOne;
        int256 delta = MANAGER.swap(order.key, IManager.Order(zero, -int256(order.amountRaw), _limit(zero)), "");
        (address tokenIn, address tokenOut) =
            zero ? (order.key.currency0, order.key.currency1) : (order.key.currency1, order.key.currency0);
        uint256 outRaw = uint256(zero ? int256(int128(delta)) : delta >> 128);
        MANAGER.take(tokenOut, address(this), outRaw);
        MANAGER.sync(tokenIn);
        _send(tokenIn, address(MANAGER), order.amountRaw);
        MANAGER.settle();
        return abi.encode(outRaw);
    }

    function curve(address pool, int128 i, int128 j, uint256 amountRaw) external {
        ICurve(pool).exchange(i, j, amountRaw, 0);
    }

    function curveNg(address pool, address tokenIn, int128 i, int128 j, uint256 amountRaw) external returns (uint256) {
        _send(tokenIn, pool, amountRaw);
        return ICurveNg(pool).exchange_received(i, j, amountRaw, 0, address(this));
    }

    /// @notice For quotes: what the pool pays, to the last unit.
    function curveOut(address pool, address tokenOut, int128 i, int128 j, uint256 amountRaw)
        external
        returns (uint256)
    {
        uint256 before = IToken(tokenOut).balanceOf(address(this));
        ICurve(pool).exchange(i, j, amountRaw, 0);
        return IToken(tokenOut).balanceOf(address(this)) - before;
    }

    function psm(address module, uint256 gemRaw) external {
        IPsm(module).sellGem(address(this), gemRaw);
    }

    /// @notice Swaps back to back in one transaction: what the first has warmed is warm for the second.
    function many(bytes[] calldata calls) external {
        for (uint256 at = 0; at < calls.length; ++at) {
            (bool success,) = address(this).delegatecall(calls[at]);
            require(success);
        }
    }

    function allow(address token, address spender, uint256 amountRaw) external {
        _allow(token, spender, amountRaw);
    }

    function morpho(address token, uint256 amountRaw) external {
        MORPHO.flashLoan(token, amountRaw, "");
    }

    function onMorphoFlashLoan(uint256, bytes calldata) external {}

    function aave(address token, uint256 amountRaw) external {
        AAVE.flashLoanSimple(address(this), token, amountRaw, "", 0);
    }

    function executeOperation(address, uint256, uint256, address, bytes calldata) external pure returns (bool) {
        return true;
    }

    function balancer(address token, uint256 amountRaw) external {
        _balancerLoan(token, amountRaw);
    }

    function receiveFlashLoan(
        address[] calldata tokens,
        uint256[] calldata amountsRaw,
        uint256[] calldata,
        bytes calldata
    ) external {
        _send(tokens[0], msg.sender, amountsRaw[0]);
    }
}
