// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {
    IBalancerV2PoolState,
    IBalancerV2VaultState,
    IRateProvider,
    ITokenDecimals
} from "../interfaces/external/PoolStates.sol";
import {Views} from "./Views.sol";

/// @notice States of Balancer V2 pools, without the pool's own token where it is registered in itself.
abstract contract BalancerViews {
    /// @param feeWad 1e18 is 100 %.
    /// @param listsItself Its own token is registered in it, as in composable pools.
    /// @param paused The pool or the Vault refuses swaps.
    /// @param tokens Without the pool's own, in the order of the pool.
    /// @param balancesRaw In base units of each token.
    /// @param scalingWad 1e18 times what brings an amount to 18 decimals, times the rate a swap of the next block uses.
    struct BalancerState {
        uint256 feeWad;
        bool listsItself;
        bool paused;
        address[] tokens;
        uint256[] balancesRaw;
        uint256[] scalingWad;
    }

    uint256 private constant WAD = 1e18;
    uint256 private constant SLOT_S = 12; // what is quoted here is swapped in the next block

    /// @notice State of a stable pool.
    /// @return state What all pools have.
    /// @return amplification In this block, with its precision of 1,000.
    /// @return ramp While it moves: at first and at last, and when; all zero where it does not.
    function balancerStable(address pool, bytes32 poolId)
        external
        view
        returns (BalancerState memory state, uint256 amplification, uint256[4] memory ramp)
    {
        state = _state(pool, poolId);
        bool moves;
        (amplification, moves,) = IBalancerV2PoolState(pool).getAmplificationParameter();
        if (!moves) return (state, amplification, ramp);
        (ramp[0], ramp[1], ramp[2], ramp[3],) = IBalancerV2PoolState(pool).getAmplificationState();
    }

    /// @notice State of a weighted pool.
    /// @return state What all pools have.
    /// @return weightsWad In the order of the tokens.
    function balancerWeighted(address pool, bytes32 poolId)
        external
        view
        returns (BalancerState memory state, uint256[] memory weightsWad)
    {
        return (_state(pool, poolId), IBalancerV2PoolState(pool).getNormalizedWeights());
    }

    function _state(address pool, bytes32 poolId) private view returns (BalancerState memory state) {
        IBalancerV2VaultState vault = IBalancerV2VaultState(IBalancerV2PoolState(pool).getVault());
        (address[] memory tokens, uint256[] memory balances,) = vault.getPoolTokens(poolId);
        state.feeWad = IBalancerV2PoolState(pool).getSwapFeePercentage();
        state.paused = vault.getPausedState() || IBalancerV2PoolState(pool).getPausedState();
        uint256 count = _countWithout(pool, tokens);
        state.listsItself = count < tokens.length;
        (state.tokens, state.balancesRaw) = (new address[](count), new uint256[](count));
        state.scalingWad = new uint256[](count);
        uint256 filled = 0;
        for (uint256 at = 0; at < tokens.length; ++at) {
            if (tokens[at] == pool) continue;
            (state.tokens[filled], state.balancesRaw[filled]) = (tokens[at], balances[at]);
            uint256 factor = WAD * 10 ** (18 - ITokenDecimals(tokens[at]).decimals());
            state.scalingWad[filled++] = factor * _rate(pool, tokens[at], at) / WAD;
        }
    }

    /// @dev A remembered rate counts until it expires; the first swap after that asks the provider, here asked already.
    function _rate(address pool, address token, uint256 place) private view returns (uint256) {
        (bool known, bytes memory cache) =
            pool.staticcall(abi.encodeCall(IBalancerV2PoolState.getTokenRateCache, (token)));
        if (!known || cache.length < 64) return WAD; // it has no provider
        if (block.timestamp + SLOT_S <= Views.at(cache, cache.length / 32 - 1)) return Views.at(cache, 0);
        return IRateProvider(IBalancerV2PoolState(pool).getRateProviders()[place]).getRate();
    }

    function _countWithout(address pool, address[] memory tokens) private pure returns (uint256 count) {
        for (uint256 at = 0; at < tokens.length; ++at) {
            if (tokens[at] != pool) ++count;
        }
    }
}
