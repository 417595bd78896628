// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {CurveBasePool} from "./CurveBasePool.sol";
import {CurveLpToken} from "./CurveLpToken.sol";
import {ISandboxCoin, SandboxTransfers} from "./SandboxTransfers.sol";
import {StableSwapMath} from "./StableSwapMath.sol";

/// @title Stand-in for a classic Curve metapool: one coin against the shares of a pool of three
/// @notice Sandbox only: interface, arithmetic, rounding and error texts of curvefi/curve-contract
/// pool-templates/meta/SwapTemplateMeta.vy. The base pool's price is remembered for ten minutes; quotes of underlying
/// coins guess the base pool's fee. Missing: withdrawals, uneven deposits, ramps. Not Curve's bytecode.
contract CurveMetaPool {
    using SandboxTransfers for address;

    // forge-lint: disable-start(mixed-case-function,mixed-case-variable,screaming-snake-case-const)

    uint256 private constant PRECISION = 1e18;
    uint256 private constant FEE_DENOMINATOR = 1e10;
    uint256 private constant A_PRECISION = 100;
    uint256 private constant N = 2;
    uint256 private constant SHARES = 1; // place of the base pool's shares
    uint256 private constant BASE_CACHE_EXPIRES = 600;

    address public immutable owner;
    CurveLpToken public immutable lp_token;
    CurveBasePool public immutable base_pool;
    uint256 private immutable ANN;
    uint256 public immutable fee; // scale 1e10
    uint256 public constant admin_fee = 5e9;

    address[2] public coins;
    address[3] public base_coins;
    uint256[2] public balances;
    uint256 public base_virtual_price;
    uint256 public base_cache_updated;
    bool private killed;
    uint256 private locked;

    event TokenExchange(
        address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought
    );
    event TokenExchangeUnderlying(
        address indexed buyer, int128 sold_id, uint256 tokens_sold, int128 bought_id, uint256 tokens_bought
    );

    modifier nonReentrant() {
        require(locked == 0);
        locked = 1;
        _;
        locked = 0;
    }

    /// @param coin A coin of 18 decimals.
    constructor(address owner_, address coin, address lpToken, address basePool, uint256 a, uint256 fee_) {
        (owner, lp_token, base_pool, fee) = (owner_, CurveLpToken(lpToken), CurveBasePool(basePool), fee_);
        require(ISandboxCoin(coin).decimals() == 18);
        ANN = a * A_PRECISION * N;
        coins = [coin, address(base_pool.token())];
        base_virtual_price = base_pool.get_virtual_price();
        base_cache_updated = block.timestamp;
        for (uint256 k; k < 3; ++k) {
            base_coins[k] = base_pool.coins(k);
            base_coins[k].allow(basePool, type(uint256).max);
        }
    }

    /// @notice First deposit; the pool opens with it.
    function add_liquidity(uint256[2] calldata amounts, uint256 minMint)
        external
        nonReentrant
        returns (uint256 minted)
    {
        require(!killed && lp_token.totalSupply() == 0 && amounts[0] > 0 && amounts[1] > 0);
        balances = amounts;
        minted = StableSwapMath.invariant(_scaled(_freshRate()), ANN, A_PRECISION, false);
        require(minted >= minMint, "Slippage screwed you");
        for (uint256 k; k < N; ++k) {
            coins[k].take(msg.sender, amounts[k]);
        }
        lp_token.mint(msg.sender, minted);
    }

    function exchange(int128 i, int128 j, uint256 dx, uint256 minDy) external nonReentrant returns (uint256 dy) {
        require(!killed);
        (uint256 from, uint256 to) = (_place(i, N), _place(j, N));
        uint256 rate = _freshRate();
        dy = _swap([from, to], dx, _worth(from, dx, rate), rate);
        require(dy >= minDy, "Too few coins in result");
        coins[from].take(msg.sender, dx);
        coins[to].send(msg.sender, dy);
        emit TokenExchange(msg.sender, i, dx, j, dy);
    }

    /// @notice Places: 0 is this pool's coin, 1 to 3 are the base pool's coins.
    function exchange_underlying(int128 i, int128 j, uint256 dx, uint256 minDy)
        external
        nonReentrant
        returns (uint256 dy)
    {
        require(!killed);
        (uint256 from, uint256 to) = (_place(i, 4), _place(j, 4));
        uint256 rate = _freshRate();
        (address coinIn, address coinOut) = (_underlying(from), _underlying(to));
        uint256 got = coinIn.held();
        coinIn.take(msg.sender, dx);
        got = coinIn.held() - got;
        if (from == 0 || to == 0) {
            uint256 paid = from == 0 ? got : _deposit(from - 1, got);
            uint256 place = from == 0 ? 0 : SHARES;
            dy = _swap([place, to == 0 ? 0 : SHARES], paid, _worth(place, paid, rate), rate);
            if (to != 0) dy = _withdraw(dy, to - 1);
            require(dy >= minDy, "Too few coins in result");
        } else {
            uint256 before = coinOut.held();
            base_pool.exchange(i - 1, j - 1, got, minDy);
            dy = coinOut.held() - before;
        }
        coinOut.send(msg.sender, dy);
        emit TokenExchangeUnderlying(msg.sender, i, dx, j, dy);
    }

    function kill_me() external {
        require(msg.sender == owner);
        killed = true;
    }

    function unkill_me() external {
        require(msg.sender == owner);
        killed = false;
    }

    function get_dy(int128 i, int128 j, uint256 dx) external view returns (uint256 dy) {
        (uint256 from, uint256 to) = (_place(i, N), _place(j, N));
        uint256 rate = _rate();
        (dy,) = _out([from, to], _worth(from, dx, rate), rate);
    }

    /// @notice A guess: it takes half the base pool's fee for a deposit, and forgets what the deposit moves.
    function get_dy_underlying(int128 i, int128 j, uint256 dx) external view returns (uint256 dy) {
        (uint256 from, uint256 to) = (_place(i, 4), _place(j, 4));
        if (from != 0 && to != 0) return base_pool.get_dy(i - 1, j - 1, dx);
        uint256 rate = _rate();
        uint256 worth = dx;
        if (from != 0) {
            uint256[3] memory amounts;
            amounts[from - 1] = dx;
            worth = base_pool.calc_token_amount(amounts, true) * rate / PRECISION;
            worth -= worth * base_pool.fee() / (2 * FEE_DENOMINATOR);
        }
        (dy,) = _out([from == 0 ? 0 : SHARES, to == 0 ? 0 : SHARES], worth, rate);
        if (to != 0) dy = base_pool.calc_withdraw_one_coin(dy, j - 1);
    }

    function get_virtual_price() external view returns (uint256) {
        uint256[] memory xp = _scaled(_rate());
        return StableSwapMath.invariant(xp, ANN, A_PRECISION, false) * PRECISION / lp_token.totalSupply();
    }

    function A() external view returns (uint256) {
        return ANN / N / A_PRECISION;
    }

    function A_precise() external view returns (uint256) {
        return ANN / N;
    }

    // forge-lint: disable-end(mixed-case-function,mixed-case-variable,screaming-snake-case-const)

    /// @dev Moves the books; the coins follow.
    function _swap(uint256[2] memory pair, uint256 dx, uint256 worth, uint256 rate) private returns (uint256 dy) {
        uint256 kept;
        (dy, kept) = _out(pair, worth, rate);
        uint256 rateOut = pair[1] == SHARES ? rate : PRECISION;
        balances[pair[0]] += dx;
        balances[pair[1]] -= dy + kept * admin_fee / FEE_DENOMINATOR * PRECISION / rateOut;
    }

    /// @return dy Payment in base units.
    /// @return kept Fee, scaled to 18 decimals of the dollar.
    function _out(uint256[2] memory pair, uint256 worth, uint256 rate) private view returns (uint256 dy, uint256 kept) {
        uint256[] memory xp = _scaled(rate);
        uint256[3] memory curve = [ANN, A_PRECISION, StableSwapMath.invariant(xp, ANN, A_PRECISION, false)];
        uint256 y = StableSwapMath.balanceAfter(pair, xp[pair[0]] + worth, xp, curve);
        uint256 gross = xp[pair[1]] - y - 1;
        kept = gross * fee / FEE_DENOMINATOR;
        dy = (gross - kept) * PRECISION / (pair[1] == SHARES ? rate : PRECISION);
    }

    function _deposit(uint256 k, uint256 amount) private returns (uint256) {
        uint256[3] memory amounts;
        amounts[k] = amount;
        uint256 before = coins[SHARES].held();
        base_pool.add_liquidity(amounts, 0);
        return coins[SHARES].held() - before;
    }

    function _withdraw(uint256 shares, uint256 k) private returns (uint256) {
        uint256 before = base_coins[k].held();
        base_pool.remove_liquidity_one_coin(shares, int128(int256(k)), 0);
        return base_coins[k].held() - before;
    }

    function _freshRate() private returns (uint256 rate) {
        rate = _rate();
        if (_expired()) (base_virtual_price, base_cache_updated) = (rate, block.timestamp);
    }

    function _rate() private view returns (uint256) {
        return _expired() ? base_pool.get_virtual_price() : base_virtual_price;
    }

    function _expired() private view returns (bool) {
        return block.timestamp > base_cache_updated + BASE_CACHE_EXPIRES;
    }

    function _worth(uint256 place, uint256 amount, uint256 rate) private pure returns (uint256) {
        return place == SHARES ? amount * rate / PRECISION : amount;
    }

    function _scaled(uint256 rate) private view returns (uint256[] memory xp) {
        xp = new uint256[](N);
        (xp[0], xp[1]) = (balances[0], balances[1] * rate / PRECISION);
    }

    function _underlying(uint256 place) private view returns (address) {
        return place == 0 ? coins[0] : base_coins[place - 1];
    }

    function _place(int128 i, uint256 count) private pure returns (uint256) {
        require(i >= 0 && uint128(i) < count);
        return uint128(i);
    }
}
