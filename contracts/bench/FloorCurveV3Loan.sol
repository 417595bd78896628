// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {ICurve, IPool} from "./Bench.sol";
import {Floor} from "./Floor.sol";

/// @notice Curve to V3 with each lender.
contract FloorCurveV3Loan is Floor {
    constructor(Route memory r) Floor(r) {}

    function go() external override {
        MANAGER.unlock("");
    }

    function goMorpho() external {
        MORPHO.flashLoan(T, IN, "");
    }

    function goBalancer() external {
        _balancerLoan(T, IN);
    }

    function goAave() external {
        AAVE.flashLoanSimple(address(this), T, IN, "", 0);
    }

    function unlockCallback(bytes calldata) external returns (bytes memory) {
        MANAGER.take(T, address(this), IN);
        _earn();
        MANAGER.sync(T);
        _send(T, address(MANAGER), IN);
        MANAGER.settle();
        _send(T, TREASURY, PROFIT);
        return "";
    }

    function onMorphoFlashLoan(uint256, bytes calldata) external {
        _earn();
        _send(T, TREASURY, PROFIT);
        _allow(T, address(MORPHO), IN);
    }

    function receiveFlashLoan(address[] calldata, uint256[] calldata, uint256[] calldata, bytes calldata) external {
        _earn();
        _send(T, address(BALANCER), IN);
        _send(T, TREASURY, PROFIT);
    }

    function executeOperation(address, uint256, uint256 feeRaw, address, bytes calldata) external returns (bool) {
        _earn();
        _send(T, TREASURY, PROFIT - feeRaw);
        _allow(T, address(AAVE), IN + feeRaw);
        return true;
    }

    function uniswapV3SwapCallback(int256, int256, bytes calldata) external {
        _send(M, LAST, MIDDLE);
    }

    function _earn() private {
        _allow(T, FIRST, IN);
        ICurve(FIRST).exchange(COIN_IN, COIN_OUT, IN, 0);
        IPool(LAST).swap(address(this), !ZERO, int256(MIDDLE), _limit(!ZERO), "");
    }
}
