// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IERC4626} from "../../interfaces/external/IERC4626.sol";
import {Tokens} from "../Tokens.sol";

/// @notice Vaults of ERC-4626 without a waiting time.
library Erc4626 {
    function deposit(address vault, address asset, uint256 assetRaw) internal {
        Tokens.allow(asset, vault, assetRaw);
        IERC4626(vault).deposit({assets: assetRaw, receiver: address(this)});
        Tokens.requireSpent(asset, vault);
    }

    function redeem(address vault, uint256 sharesRaw) internal {
        IERC4626(vault).redeem({shares: sharesRaw, receiver: address(this), holder: address(this)});
    }
}
