// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IBalancerV2Vault} from "../../interfaces/external/IBalancerV2Vault.sol";
import {Tokens} from "../Tokens.sol";

/// @notice Pools of the Balancer V2 vault, of any kind; the vault refuses while it lends.
library BalancerV2Pools {
    address private constant VAULT = 0xBA12222222228d8Ba445958a75a0704d566BF2C8;
    uint8 private constant GIVEN_IN = 0;

    function swap(bytes32 poolId, address tokenIn, address tokenOut, uint256 inRaw) internal {
        Tokens.allow(tokenIn, VAULT, inRaw);
        IBalancerV2Vault(VAULT)
            .swap({
            singleSwap: IBalancerV2Vault.SingleSwap({
            poolId: poolId, kind: GIVEN_IN, assetIn: tokenIn, assetOut: tokenOut, amount: inRaw, userData: ""
        }),
            funds: _ours(),
            limit: 0,
            deadline: type(uint256).max
        });
        Tokens.requireSpent(tokenIn, VAULT);
    }

    /// @param path Token in, token between, token out.
    function swapTwice(bytes32[2] memory poolIds, address[] memory path, uint256 inRaw) internal {
        IBalancerV2Vault.BatchSwapStep[] memory steps = new IBalancerV2Vault.BatchSwapStep[](2);
        steps[0] = _hop(poolIds[0], 0, inRaw);
        steps[1] = _hop(poolIds[1], 1, 0); // zero: what the hop before it paid
        int256[] memory limits = new int256[](3);
        limits[0] = int256(inRaw);
        Tokens.allow(path[0], VAULT, inRaw);
        IBalancerV2Vault(VAULT)
            .batchSwap({
            kind: GIVEN_IN, swaps: steps, assets: path, funds: _ours(), limits: limits, deadline: type(uint256).max
        });
        Tokens.requireSpent(path[0], VAULT);
    }

    function _hop(bytes32 poolId, uint256 at, uint256 inRaw)
        private
        pure
        returns (IBalancerV2Vault.BatchSwapStep memory)
    {
        return IBalancerV2Vault.BatchSwapStep({
            poolId: poolId, assetInIndex: at, assetOutIndex: at + 1, amount: inRaw, userData: ""
        });
    }

    function _ours() private view returns (IBalancerV2Vault.FundManagement memory) {
        return IBalancerV2Vault.FundManagement({
            sender: address(this),
            fromInternalBalance: false,
            recipient: payable(address(this)),
            toInternalBalance: false
        });
    }
}
