// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @notice Views of the protocols that `PoolLens` reads; the same functions as in the swap interfaces are left out.
interface ICurvePoolState {
    /// @dev Without extra precision.
    function A() external view returns (uint256);
    /// @return feeE10 1e10 is 100 %.
    function fee() external view returns (uint256 feeE10);
    function balances(uint256 coin) external view returns (uint256 amountRaw);
    /// @dev Younger pools: 100 times `A`, with the digits it computes with.
    function A_precise() external view returns (uint256);
    function admin_fee() external view returns (uint256 feeE10);
    function is_killed() external view returns (bool);
    /// @dev As stored: with the extra precision where there is one.
    function initial_A() external view returns (uint256);
    function future_A() external view returns (uint256);
    function initial_A_time() external view returns (uint256 timestampS);
    function future_A_time() external view returns (uint256 timestampS);
    /// @dev Metapools that remember their base pool's price.
    function base_virtual_price() external view returns (uint256 priceWad);
    function base_cache_updated() external view returns (uint256 timestampS);
    /// @dev StableSwap-NG.
    function offpeg_fee_multiplier() external view returns (uint256 multiplierE10);
    function get_balances() external view returns (uint256[] memory amountsRaw);
    function stored_rates() external view returns (uint256[] memory rates);
}

/// @dev Pools of 2020 and older count their coins in int128.
interface ICurvePoolStateInt128 {
    function balances(int128 coin) external view returns (uint256 amountRaw);
}

interface IUniswapV3PoolState {
    /// @dev Further return values are not read.
    function slot0() external view returns (uint160 sqrtPriceX96, int24 tick);
    function liquidity() external view returns (uint128);
    function fee() external view returns (uint24 feePips);
    function tickSpacing() external view returns (int24);
    function tickBitmap(int16 word) external view returns (uint256);
    /// @dev Further return values are not read.
    function ticks(int24 tick) external view returns (uint128 liquidityGross, int128 liquidityNet);
}

interface IPoolManagerState {
    function extsload(bytes32 slot) external view returns (bytes32 word);
}

interface IBalancerV2VaultState {
    function getPoolTokens(bytes32 poolId)
        external
        view
        returns (address[] memory tokens, uint256[] memory balancesRaw, uint256 lastChangeBlock);
    /// @dev Further return values are not read.
    function getPausedState() external view returns (bool paused);
}

interface IBalancerV2PoolState {
    function getVault() external view returns (address);
    function getSwapFeePercentage() external view returns (uint256 feeWad);
    /// @dev Further return values are not read.
    function getPausedState() external view returns (bool paused);
    function getAmplificationParameter() external view returns (uint256 value, bool isUpdating, uint256 precision);
    /// @dev Pools whose amplification moves without telling this are not read.
    function getAmplificationState()
        external
        view
        returns (uint256 startValue, uint256 endValue, uint256 startTimeS, uint256 endTimeS, uint256 precision);
    function getNormalizedWeights() external view returns (uint256[] memory weightsWad);
    /// @return words Rate, then what differs between versions, then the second after which the rate is asked afresh.
    function getTokenRateCache(address token) external view returns (uint256[] memory words);
    /// @dev One per registered token, the pool's own among them.
    function getRateProviders() external view returns (address[] memory providers);
}

interface IRateProvider {
    function getRate() external view returns (uint256 rateWad);
}

interface ITokenDecimals {
    function decimals() external view returns (uint8);
    function totalSupply() external view returns (uint256 amountRaw);
}

interface ILitePsmState {
    function tin() external view returns (uint256 feeWad);
    function tout() external view returns (uint256 feeWad);
    function to18ConversionFactor() external view returns (uint256);
    function dai() external view returns (address);
    function gem() external view returns (address);
    function pocket() external view returns (address);
}

interface IMakerPsmState {
    function tin() external view returns (uint256 feeWad);
    function tout() external view returns (uint256 feeWad);
    function gemJoin() external view returns (address);
    function vat() external view returns (address);
    function ilk() external view returns (bytes32);
    /// @dev The stand-in of the local chain has its own books in place of the vat's.
    function debt() external view returns (uint256 wad);
    function ceiling() external view returns (uint256 wad);
}

interface IGemJoinState {
    function gem() external view returns (address);
    function dec() external view returns (uint256 decimals);
    function live() external view returns (uint256);
}

interface IVatState {
    function ilks(bytes32 ilk)
        external
        view
        returns (uint256 artWad, uint256 rateRay, uint256 spotRay, uint256 lineRad, uint256 dustRad);
    function urns(bytes32 ilk, address owner) external view returns (uint256 inkWad, uint256 artWad);
    function debt() external view returns (uint256 rad);
    // forge-lint: disable-next-line(mixed-case-function)
    function Line() external view returns (uint256 rad);
    function live() external view returns (uint256);
}

interface IDaiUsdsState {
    function dai() external view returns (address);
    function daiJoin() external view returns (address);
}

interface IGhoGsmState {
    function GHO_TOKEN() external view returns (address);
    function UNDERLYING_ASSET() external view returns (address);
    function PRICE_STRATEGY() external view returns (address);
    function getFeeStrategy() external view returns (address);
    function getGhoReserve() external view returns (address);
    function getExposureCap() external view returns (uint128 amountRaw);
    function getAvailableLiquidity() external view returns (uint256 amountRaw);
    function getIsFrozen() external view returns (bool);
    function getIsSeized() external view returns (bool);
}

interface IGsmPrice {
    function PRICE_RATIO() external view returns (uint256 ghoPerAssetWad);
    function getAssetPriceInGho(uint256 amountRaw, bool roundUp) external view returns (uint256 ghoWad);
}

interface IGsmFees {
    function getBuyFee(uint256 grossWad) external view returns (uint256 feeWad);
    function getSellFee(uint256 grossWad) external view returns (uint256 feeWad);
}

interface IGhoReserveState {
    function getUsage(address module) external view returns (uint256 limitWad, uint256 usedWad);
}

interface IVaultState {
    function asset() external view returns (address);
    function totalSupply() external view returns (uint256 shares);
    function totalAssets() external view returns (uint256 assets);
    function maxDeposit(address receiver) external view returns (uint256 assets);
    function previewDeposit(uint256 assets) external view returns (uint256 shares);
    function previewRedeem(uint256 shares) external view returns (uint256 assets);
    /// @dev Savings DAI only.
    function pot() external view returns (address);
}

/// @dev Maker's pot, and Savings USDS, whose rate is called `ssr`.
interface ISavingsRate {
    function chi() external view returns (uint256 assetsPerShareRay);
    function rho() external view returns (uint256 timestampS);
    function dsr() external view returns (uint256 perSecondRay);
    function ssr() external view returns (uint256 perSecondRay);
}
