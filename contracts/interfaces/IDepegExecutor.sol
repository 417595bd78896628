// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title Executor of atomic stablecoin routes
/// @notice Runs one packed plan per transaction: swaps in a round trip, funds it by a pool of the route or by flash
/// lenders, checks the profit, tips the block's builder out of it, and sends the rest to the treasury.
/// @dev Holds no balance and no allowance between transactions, so there is nothing in it to steal.
///
/// ROLES
/// - the owner (two-step, meant to be a Safe) names the operator, pauses, resumes, and withdraws what strangers sent here;
/// - the operator runs plans and can do nothing else: every token goes to a pool, to a lender, or to the treasury;
/// - the treasury is fixed at deployment. Nobody, not even the owner, can send anything anywhere else.
/// The owner and the treasury must never approve this contract for any token.
///
/// LISTS, fixed at deployment and named in plans by their index
/// - tokens: 2 to 16, the most used first (lookups get dearer). Nothing else is ever approved, transferred or measured;
/// - targets: at most 24 words: Curve pools, pool ids of Balancer V2 (the pool's address is their first 20 bytes),
///   rails (Maker PSM, its gem join, LitePSM, DAI/USDS converter, GSM) and ERC-3156 lenders, each as an address in the low
///   160 bits. Uniswap pools need no list: their address follows from factory, init-code hash, tokens and fee, which are
///   constants of this contract. ERC-4626 vaults are tokens.
///
/// PLAN: 32-byte words straight after the selector of `execute`, no ABI array. Bit 0 is the lowest bit of a word.
///
/// First word, the head:
///   bits   0-7    mode: 0 Pull, 1 PullLedger, 2 Push
///   bits   8-15   token: index of the loan token, in which the profit is made
///   bits  16-23   number of words at the end of the plan that belong to the tip; 0 for no tip
///   bits  24-31   zero (used while running)
///   bits  32-63   maxBlock: last block in which the plan may run
///   bits  64-127  parent: low 64 bits of the hash of the parent block; 0 for any
///   bits 128-255  minProfitRaw: least profit before the tip, in base units of the loan token
///
/// Then the steps, one word each:
///   bits   0-7    kind: a `Venue`, or 128 + a `Lender`
///   bits   8-15   tokenIn: index of the token paid in (loans: of the token borrowed)
///   bits  16-23   tokenOut: index of the token received (loans: zero, flash swaps aside)
///   bits  24-47   a: feePips (Uniswap V3 and V4), or three bytes x, y, z (low first), see `Venue` and `Lender`
///   bits  48-71   tickSpacing (Uniswap V4), two's complement; 0 elsewhere
///   bits  72-79   amount mode: 0 Exact, 1 Share, 2 All. Read in Push only
///   bits  80-127  zero
///   bits 128-255  amount: base units of tokenIn (Exact), basis points of what is held of tokenIn (Share), unread (All)
///
/// Then, if there is a tip, its words: first
///   bits   0-15   shareBps: share of the realised profit, in basis points, at most 10,000
///   bits 128-255  capWei: most that is paid; what the share makes above it goes to the treasury as WETH
/// and then the Push steps that turn that share from the loan token into WETH; none if the loan token is WETH.
///
/// MODE PULL: a linear route whose last leg (Uniswap V2 or V3) pays before it is paid. No lender.
/// Steps are the legs in the order of the route, the loan token first in and last out. The last leg takes exactly its
/// `amount` in; each earlier leg is asked for exactly what the leg after it needs, and pays it directly; the first leg
/// is paid out of what the last one paid. Legs of any other kind than Uniswap (Curve, rails, vaults, Balancer) take
/// exactly their `amount`, and must make at least what is asked of them; anything above goes to the treasury at once.
/// MODE PULLLEDGER: the same inside `unlock` of the Uniswap V4 PoolManager, whose ledger is the bank: for routes with a
/// V4 leg, the last one included. Needed whenever a leg is V4. The last leg cannot be a V2 pair: it calls back whom it pays.
///
/// MODE PUSH: a program. Steps run in order; `held` counts, per token, what this run has borrowed and received less what
/// it has paid: of genuine Uniswap pools by what they return, of all others by the balance before and after. Tokens that
/// were here before are never used nor counted. A loan step borrows, runs all steps after it, and then repays, so two
/// loans nest. Splits and joins are steps with shares.
/// After the last step: what is held of the loan token, loans repaid, is the profit; what is held of any other token
/// goes to the treasury, uncounted.
///
/// EVENTS: a plan emits none. What it earned is in the tokens' own transfers to the treasury, and returned.
///
/// TIP: after the profit is measured and found to be at least `minProfitRaw`, `shareBps` of it is swapped to WETH,
/// unwrapped, and paid to `block.coinbase` by a call with 30,000 gas, after everything else. A coinbase that refuses makes
/// the whole plan revert (`TipRefused`): nothing is lost, and the builder sees why in its own simulation.
///
/// ASSUMPTIONS about outsiders
/// - tokens take no fee on transfer and do not rebase within a transaction; one that starts to makes a plan revert in the
///   check of the pool, lender or measurement it meets first. Where nothing but the profit is transferred (all legs in
///   Uniswap V4) nobody meets it, and the treasury bears the fee. Tokens may return nothing (USDT), may forbid changing
///   one non-zero allowance to another, and may be paused;
/// - a lender hands back the very bytes it was given, and calls back at most once per loan;
/// - Uniswap V4 pools without hooks only; native ether is not traded.
interface IDepegExecutor {
    /// @notice Kinds of swap. Append only: the numbers are part of the calldata. x, y, z are the bytes of `a`.
    enum Venue {
        /// @dev exchange(int128,int128,uint256,uint256), any generation, metapools included. x target, y coinIn, z coinOut.
        Curve,
        /// @dev x factory: 0 Uniswap, 1 Sushi, 2 Pancake.
        UniswapV2,
        /// @dev a feePips.
        UniswapV3,
        /// @dev x target, y 0 to sell gem, 1 to buy gem with DAI.
        LitePsm,
        /// @dev a feePips, tickSpacing. No hooks.
        UniswapV4,
        /// @dev exchange_underlying of a metapool. x target, y coinIn, z coinOut.
        CurveUnderlying,
        /// @dev exchange_received of StableSwap-NG: paid before the call. x target, y coinIn, z coinOut.
        CurveReceived,
        /// @dev swap of the vault. x target (pool id).
        BalancerV2,
        /// @dev batchSwap of two hops. x target of the first pool, y of the second (pool ids), z token between them.
        BalancerV2Batch,
        /// @dev Old Maker PSM. x target, y 0 to sell gem, 1 to buy gem with DAI, z target: its gem join.
        MakerPsm,
        /// @dev DAI/USDS converter. x target, y 0 from DAI to USDS, 1 back.
        DaiUsds,
        /// @dev GHO stability module. x target, y 0 to sell the asset for GHO, 1 to buy it.
        GhoGsm,
        /// @dev y 0 to deposit (tokenOut is the vault), 1 to redeem (tokenIn is the vault).
        Erc4626
    }

    /// @notice Kinds of loan, as steps of kind 128 + this. Append only: the numbers are part of the calldata.
    enum Lender {
        /// @dev flashLoanSimple.
        AaveV3,
        BalancerV2,
        Morpho,
        /// @dev `unlock` of the Balancer V3 vault, `sendTo` and `settle`. Free.
        BalancerV3,
        /// @dev `take` inside `unlock` of the PoolManager. Free. V4 swaps after it settle in the same unlock.
        UniswapV4,
        /// @dev flash of a V3 pool. tokenOut the pool's other token, a feePips.
        UniswapV3,
        /// @dev ERC-3156 (DssFlash, GHO minter, crvUSD lender). x target, y 0 if it pulls the loan back, 1 if it waits for it.
        Erc3156,
        /// @dev Flash swap of a V3 pool: takes tokenOut for exactly `amount` of tokenIn, paid after the last step. a feePips.
        UniswapV3Swap,
        /// @dev Flash swap of a V2 pair: takes tokenOut for exactly `amount` of tokenIn, paid after the last step. x factory (not 2).
        UniswapV2Swap
    }

    /// @notice How much of tokenIn a Push step takes.
    enum AmountMode {
        Exact,
        Share,
        All
    }

    /// @notice How a plan is funded.
    enum Mode {
        Pull,
        PullLedger,
        Push
    }

    /// @notice The owner named another operator.
    event OperatorChanged(address indexed operator);

    /// @notice The owner paused or resumed plans.
    event PauseChanged(bool paused);

    /// @notice The owner offered the role to another account, which must accept.
    event OwnershipOffered(address indexed pendingOwner);

    /// @notice The role went over.
    event OwnershipTaken(address indexed owner);

    /// @notice Tokens (or ether, as the zero address) that did not come from a plan went to the treasury.
    /// @param amountRaw In base units of `token`.
    event Withdrawn(address indexed token, uint256 amountRaw);

    /// @notice Deployed or run on another chain than Ethereum mainnet, where the constants mean nothing.
    error WrongChain(uint256 chainId);

    /// @notice A role was given the zero address.
    error RoleMissing();

    /// @notice A list of the constructor is longer than there are places.
    error ListTooLong(uint256 length, uint256 most);

    /// @notice Only the operator may run a plan.
    error NotOperator(address caller);

    /// @notice Only the owner may do this.
    error NotOwner(address caller);

    /// @notice Only the account that was offered the ownership may accept it.
    error NotPendingOwner(address caller);

    /// @notice The owner has paused plans.
    error IsPaused();

    /// @notice A plan is running, and nothing else may start before it ends.
    error AlreadyRunning();

    /// @notice The plan came too late.
    /// @param blockNumber Block in which it ran.
    /// @param maxBlock Last block in which it was allowed to.
    error TooLate(uint256 blockNumber, uint256 maxBlock);

    /// @notice The plan was made for another parent block.
    /// @param expected Low 64 bits of the hash that the plan names.
    /// @param found Low 64 bits of the parent's hash.
    error WrongParent(uint256 expected, uint256 found);

    /// @notice The plan has no steps, or is not made of whole words.
    /// @param length Bytes after the selector.
    error BadLength(uint256 length);

    /// @notice The head has a mode that does not exist, or bits set that must be zero.
    error BadHead(uint256 head);

    /// @notice No token stands at that index.
    error UnknownToken(uint256 index);

    /// @notice No target stands at that index.
    error UnknownTarget(uint256 index);

    /// @notice The kind of step does not exist, or not in this place of this mode.
    error StepNotAllowed(uint256 kind);

    /// @notice There is no pool of that factory for these tokens and fee.
    error UnknownPool(address pool);

    /// @notice The venue does not trade in this direction now.
    error VenueHalted(address venue);

    /// @notice The pool ran out of liquidity before the whole amount was swapped.
    /// @param token The token whose amount it is.
    /// @param missingRaw Part of the amount that was not swapped, in base units of `token`.
    error PartialFill(address token, uint256 missingRaw);

    /// @notice A leg made less than the leg after it needs.
    /// @param missingRaw In base units of `token`.
    error OutputTooSmall(address token, uint256 missingRaw);

    /// @notice A swap or loan paid nothing.
    error NothingReceived(address token);

    /// @notice A step takes, or a loan asks back, more than the run holds.
    /// @param missingRaw In base units of `token`.
    error NotHeld(address token, uint256 missingRaw);

    /// @notice A pool or lender left part of an exact allowance unused.
    /// @param leftRaw Unused part, in base units of `token`.
    error AllowanceLeft(address token, address spender, uint256 leftRaw);

    /// @notice A callback came from somebody that was not just called, or with other data than it was given.
    error UnexpectedCallback(address caller);

    /// @notice A flash loan for this contract was opened by somebody else.
    error UnexpectedInitiator(address initiator);

    /// @notice The lender or pool returned without calling back.
    error CallbackMissing();

    /// @notice The round trip ended `shortfallRaw` short of repaying what it owes and making the profit asked for.
    /// @param shortfallRaw Missing amount, in base units of the loan token.
    error ProfitBelowMinimum(uint256 shortfallRaw);

    /// @notice The token reverted without a reason, returned false, or has no code.
    error TokenCallFailed(address token);

    /// @notice The tip asks for more than the profit, or its steps do not end in WETH.
    error BadTip();

    /// @notice The block's coinbase did not take the tip with the gas it is given.
    /// @param tipWei Tip, in wei.
    error TipRefused(address coinbase, uint256 tipWei);

    /// @notice Ether is accepted from WETH only.
    error UnexpectedEther(address sender);

    /// @notice Receives every profit and every withdrawal.
    // solhint-disable-next-line func-name-mixedcase
    function TREASURY() external view returns (address);

    /// @notice Names the operator, pauses, withdraws.
    function owner() external view returns (address);

    /// @notice Offered the ownership, and not yet accepted; zero if nobody is.
    function pendingOwner() external view returns (address);

    /// @notice Runs plans.
    function operator() external view returns (address);

    /// @notice Whether plans are refused.
    function paused() external view returns (bool);

    /// @notice Token at `index` of the list; reverts beyond its end.
    function tokenAt(uint256 index) external view returns (address);

    /// @notice Target at `index` of the list; reverts beyond its end.
    function targetAt(uint256 index) external view returns (bytes32);

    /// @notice Runs the plan whose words follow the selector.
    /// @dev Only the operator, not while paused. Errors of tokens, pools and lenders come through unchanged.
    /// @return profitRaw Profit before the tip, at least `minProfitRaw`, in base units of the loan token.
    function execute() external returns (uint256 profitRaw);

    /// @notice Sends the whole balance of `token` (zero: of ether), which nobody meant to be here, to the treasury.
    /// @dev Only the owner, and not while a plan runs. Any token, listed or not.
    /// @return amountRaw Amount sent, in base units of `token`.
    function withdraw(address token) external returns (uint256 amountRaw);

    /// @notice Names the operator.
    /// @dev Only the owner. Leaves the pause as it is.
    function setOperator(address newOperator) external;

    /// @notice Refuses plans until resumed.
    /// @dev Only the owner.
    function pause() external;

    /// @notice Accepts plans again.
    /// @dev Only the owner.
    function resume() external;

    /// @notice Offers the ownership; zero takes the offer back.
    /// @dev Only the owner.
    function transferOwnership(address newOwner) external;

    /// @notice Takes the ownership that was offered.
    function acceptOwnership() external;
}
