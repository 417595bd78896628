// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC20} from "../interfaces/external/IERC20.sol";
import {ISavingsRate, IVaultState} from "../interfaces/external/PoolStates.sol";
import {Views} from "./Views.sol";

/// @notice States of ERC-4626 vaults whose price is a ratio, rounded down both ways.
abstract contract VaultViews {
    using Views for address;

    error NotARatio(address vault);

    uint256 private constant RAY = 1e27;

    /// @notice What a share is worth, and how much goes in and out.
    /// @dev Reverts where the vault's own previews say something else: fees, virtual shares.
    /// @param receiver Who would deposit.
    /// @param aheadS How many seconds after this block the price is asked for; only savings rates know.
    /// @return shares Shares per `assets`: the exact pair that the vault multiplies and divides with.
    /// @return assets See `shares`.
    /// @return maxDepositAssets The most that `receiver` may pay in.
    /// @return maxRedeemShares The most that anyone could have, and the vault could pay for.
    function erc4626(address vault, address receiver, uint256 aheadS)
        external
        view
        returns (uint256 shares, uint256 assets, uint256 maxDepositAssets, uint256 maxRedeemShares)
    {
        IVaultState state = IVaultState(vault);
        (address source, uint256 rateRay) = _savingsRate(vault);
        maxRedeemShares = state.totalSupply();
        if (rateRay != 0) {
            (shares, assets) = (RAY, _savingsPrice(source, rateRay, 0));
        } else {
            (shares, assets) = (maxRedeemShares, state.totalAssets());
            uint256 heldRaw = IERC20(state.asset()).balanceOf(vault);
            if (assets != 0) maxRedeemShares = Views.least(maxRedeemShares, heldRaw * shares / assets);
        }
        if (shares == 0 || assets == 0) (shares, assets) = (1, 1);
        maxDepositAssets = state.maxDeposit(receiver);
        uint256 probe = maxRedeemShares / 3 + 1;
        bool isRatio = state.previewRedeem(probe) == probe * assets / shares
            && state.previewDeposit(probe) == probe * shares / assets;
        if (!isRatio) revert NotARatio(vault);
        if (rateRay != 0) assets = _savingsPrice(source, rateRay, aheadS);
    }

    /// @dev Savings DAI asks Maker's pot, Savings USDS keeps its own books; no rate where it is neither.
    function _savingsRate(address vault) private view returns (address source, uint256 rateRay) {
        (bool hasPot, uint256 pot) = vault.word(abi.encodeCall(IVaultState.pot, ()));
        source = hasPot ? address(uint160(pot)) : vault;
        bytes memory question = hasPot ? abi.encodeCall(ISavingsRate.dsr, ()) : abi.encodeCall(ISavingsRate.ssr, ());
        rateRay = source.wordOr(question, 0);
    }

    function _savingsPrice(address source, uint256 rateRay, uint256 aheadS) private view returns (uint256) {
        uint256 passedS = block.timestamp + aheadS - ISavingsRate(source).rho();
        return _power(rateRay, passedS) * ISavingsRate(source).chi() / RAY;
    }

    /// @dev `baseRay` to the power of `exponent`, rounded half up at every step, as Maker's `rpow`.
    function _power(uint256 baseRay, uint256 exponent) private pure returns (uint256 resultRay) {
        resultRay = exponent % 2 == 0 ? RAY : baseRay;
        for (exponent /= 2; exponent != 0; exponent /= 2) {
            baseRay = (baseRay * baseRay + RAY / 2) / RAY;
            if (exponent % 2 != 0) resultRay = (resultRay * baseRay + RAY / 2) / RAY;
        }
    }
}
