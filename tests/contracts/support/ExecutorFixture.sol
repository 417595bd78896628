// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../../contracts/interfaces/IDepegExecutor.sol";
import {CurveDouble} from "../doubles/CurveDouble.sol";
import {LenderDouble} from "../doubles/LenderDouble.sol";
import {PairDouble} from "../doubles/PairDouble.sol";
import {PsmDouble} from "../doubles/PsmDouble.sol";
import {TokenDouble} from "../doubles/TokenDouble.sol";
import {V3PoolDouble} from "../doubles/V3PoolDouble.sol";
import {IExecutorCallbacks} from "./IExecutorCallbacks.sol";
import {TestBase} from "./TestBase.sol";

/// @notice An executor among doubles that stand at the mainnet addresses. One USDT buys 1.01 USDC on Curve and every
/// other pool is at par, so the standard plan (Curve, then Uniswap V3) earns 1 % before the lender's fee.
abstract contract ExecutorFixture is TestBase {
    address internal constant OWNER = address(0x0110);
    address internal constant OPERATOR = address(0x0220);
    address internal constant TREASURY = address(0x0550);
    address internal constant STRANGER = address(0x0330);

    TokenDouble internal constant USDC = TokenDouble(0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48);
    TokenDouble internal constant USDT = TokenDouble(0xdAC17F958D2ee523a2206206994597C13D831ec7);
    TokenDouble internal constant DAI = TokenDouble(0x6B175474E89094C44Da98b954EedeAC495271d0F);
    CurveDouble internal constant CURVE = CurveDouble(0xA5407eAE9Ba41422680e2e00537571bcC53efBfD);
    PairDouble internal constant PAIR = PairDouble(0x3041CbD36888bECc7bbCBc0045E3B1f144466f5f);
    V3PoolDouble internal constant V3_USDC_USDT = V3PoolDouble(0x3416cF6C708Da44DB2624D63ea0AAef7113527C6);
    V3PoolDouble internal constant V3_DAI_USDC = V3PoolDouble(0x5777d92f208679DB4b9778590Fa3CAB3aC9e2168);
    PsmDouble internal constant PSM = PsmDouble(0xf6e72Db5454dd049d0788e411b06CfAF16853042);
    LenderDouble internal constant AAVE = LenderDouble(0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2);
    LenderDouble internal constant BALANCER = LenderDouble(0xBA12222222228d8Ba445958a75a0704d566BF2C8);
    LenderDouble internal constant MORPHO = LenderDouble(0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb);

    uint256 internal constant LOAN = 1_000_000e6;
    uint256 internal constant GAIN = 10_000e6; // of the standard plan, before the lender's fee
    uint256 internal constant AAVE_FEE = 500e6; // 5 bps of LOAN
    uint256 internal constant BLOCK = 100;

    uint256 internal constant V3_FEE = 100;
    uint256 internal constant ALL = uint256(IDepegExecutor.AmountMode.All);

    /// @notice A loan of a plan in tests, by address.
    struct Loan {
        IDepegExecutor.Lender lender;
        address token;
        uint256 amountRaw;
    }

    /// @notice A swap of all that is held, by address.
    struct Step {
        IDepegExecutor.Venue venue;
        address pool;
        address tokenIn;
        address tokenOut;
        uint8 coinIn;
        uint8 coinOut;
    }

    IDepegExecutor internal executor;
    IExecutorCallbacks internal callbacks; // the same

    function setUp() public virtual {
        _use(_deploy({owner: OWNER, operator: OPERATOR}));
        vm.roll(BLOCK);
        _placeTokens();
        _placePools();
        _placeLenders();
    }

    function _placeTokens() private {
        bytes memory code = address(new TokenDouble()).code;
        vm.etch(address(USDC), code);
        vm.etch(address(USDT), code);
        vm.etch(address(DAI), code);
        USDT.behaveAsUsdt();
    }

    function _placePools() private {
        vm.etch(address(CURVE), address(new CurveDouble()).code);
        vm.etch(address(PAIR), address(new PairDouble()).code);
        vm.etch(address(PSM), address(new PsmDouble()).code);
        bytes memory v3 = address(new V3PoolDouble()).code;
        vm.etch(address(V3_USDC_USDT), v3);
        vm.etch(address(V3_DAI_USDC), v3);
        CURVE.setCoin(0, address(DAI));
        CURVE.setCoin(1, address(USDC));
        CURVE.setCoin(2, address(USDT));
        CURVE.setPrice(2, 1, 1.01e18);
        CURVE.setPrice(0, 1, 1.01e6);
        CURVE.setPrice(0, 2, 1.01e6);
        PAIR.set(address(USDC), address(USDT), 100_000_000e6, 100_000_000e6);
        V3_USDC_USDT.set(address(USDC), address(USDT), 100);
        V3_DAI_USDC.set(address(DAI), address(USDC), 100);
        PSM.set({newDai: address(DAI), newGem: address(USDC)});
        _fund(address(CURVE));
        _fund(address(V3_USDC_USDT));
        _fund(address(V3_DAI_USDC));
        _fund(address(PSM));
        USDC.mint(address(PAIR), 100_000_000e6);
        USDT.mint(address(PAIR), 100_000_000e6);
    }

    function _placeLenders() private {
        bytes memory code = address(new LenderDouble()).code;
        address[3] memory lenders = [address(AAVE), address(BALANCER), address(MORPHO)];
        for (uint256 at = 0; at < lenders.length; ++at) {
            vm.etch(lenders[at], code);
            _fund(lenders[at]);
        }
    }

    function _fund(address who) private {
        USDC.mint(who, 100_000_000e6);
        USDT.mint(who, 100_000_000e6);
        DAI.mint(who, 100_000_000e18);
    }

    function _loan(IDepegExecutor.Lender lender) internal pure returns (Loan memory) {
        return Loan({lender: lender, token: address(USDT), amountRaw: LOAN});
    }

    /// @dev USDT to USDC on Curve, and back on Uniswap V3.
    function _steps() internal pure returns (Step[] memory steps) {
        steps = new Step[](2);
        steps[0] = _curve(USDT, USDC, 2, 1);
        steps[1] = _v3(V3_USDC_USDT, USDC, USDT);
    }

    function _curve(TokenDouble tokenIn, TokenDouble tokenOut, uint8 coinIn, uint8 coinOut)
        internal
        pure
        returns (Step memory)
    {
        return Step({
            venue: IDepegExecutor.Venue.Curve,
            pool: address(CURVE),
            tokenIn: address(tokenIn),
            tokenOut: address(tokenOut),
            coinIn: coinIn,
            coinOut: coinOut
        });
    }

    function _v2(TokenDouble tokenIn, TokenDouble tokenOut) internal pure returns (Step memory) {
        return _step(IDepegExecutor.Venue.UniswapV2, address(PAIR), tokenIn, tokenOut);
    }

    function _v3(V3PoolDouble pool, TokenDouble tokenIn, TokenDouble tokenOut) internal pure returns (Step memory) {
        return _step(IDepegExecutor.Venue.UniswapV3, address(pool), tokenIn, tokenOut);
    }

    function _psm(TokenDouble tokenIn, TokenDouble tokenOut) internal pure returns (Step memory) {
        return _step(IDepegExecutor.Venue.LitePsm, address(PSM), tokenIn, tokenOut);
    }

    function _step(IDepegExecutor.Venue venue, address pool, TokenDouble tokenIn, TokenDouble tokenOut)
        private
        pure
        returns (Step memory)
    {
        return Step({
            venue: venue, pool: pool, tokenIn: address(tokenIn), tokenOut: address(tokenOut), coinIn: 0, coinOut: 1
        });
    }

    /// @dev Runs the standard plan as the operator.
    function _run(IDepegExecutor.Lender lender) internal returns (uint256 profitRaw) {
        return _run(_loan(lender), _steps(), 0);
    }

    function _run(Loan memory loan, Step[] memory steps, uint256 minProfitRaw) internal returns (uint256 profitRaw) {
        bytes memory data = _encode(loan, steps, minProfitRaw, BLOCK);
        vm.prank(OPERATOR);
        return _execute(data);
    }

    /// @dev Expects the standard plan on Balancer to revert with `reason`.
    function _refuses(bytes memory reason) internal {
        _refuses(_loan(IDepegExecutor.Lender.BalancerV2), _steps(), reason);
    }

    function _refuses(Loan memory loan, Step[] memory steps, bytes memory reason) internal {
        _refuses(_encode(loan, steps, 0, BLOCK), reason);
        _assertNothingHeld();
    }

    function _refuses(bytes memory data, bytes memory reason) internal {
        vm.prank(OPERATOR);
        vm.expectRevert(reason);
        _execute(data);
    }

    /// @dev The next call, so that pranks and expectations reach it.
    function _execute(bytes memory data) internal returns (uint256 profitRaw) {
        (bool success, bytes memory answer) = address(executor).call(data);
        if (!success) {
            assembly ("memory-safe") {
                revert(add(answer, 32), mload(answer))
            }
        }
        return answer.length < 32 ? 0 : abi.decode(answer, (uint256));
    }

    function _use(address deployed) internal {
        (executor, callbacks) = (IDepegExecutor(deployed), IExecutorCallbacks(deployed));
    }

    /// @dev From its artifact, so that a test need not be compiled again when the executor changes.
    function _deploy(address owner, address operator) internal returns (address deployed) {
        bytes memory code = abi.encodePacked(
            vm.getCode("DepegExecutor.sol:DepegExecutor"), abi.encode(owner, operator, TREASURY, _tokens(), _targets())
        );
        assembly ("memory-safe") {
            deployed := create(0, add(code, 32), mload(code))
            if iszero(deployed) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    function _tokens() internal pure returns (address[] memory tokens) {
        tokens = new address[](3);
        (tokens[0], tokens[1], tokens[2]) = (address(USDC), address(USDT), address(DAI));
    }

    function _targets() internal pure returns (bytes32[] memory targets) {
        targets = new bytes32[](2);
        targets[0] = bytes32(uint256(uint160(address(CURVE))));
        targets[1] = bytes32(uint256(uint160(address(PSM))));
    }

    /// @dev A plan of mode Push: the loan, then steps of all that is held.
    function _encode(Loan memory loan, Step[] memory steps, uint256 minProfitRaw, uint256 maxBlock)
        internal
        pure
        returns (bytes memory data)
    {
        uint256 token = _index(loan.token);
        uint256 head = uint256(IDepegExecutor.Mode.Push) | token << 8 | maxBlock << 32 | minProfitRaw << 128;
        uint256 borrow = 128 + uint256(loan.lender) | token << 8 | loan.amountRaw << 128;
        data = abi.encodePacked(IDepegExecutor.execute.selector, head, borrow);
        for (uint256 at = 0; at < steps.length; ++at) {
            data = abi.encodePacked(data, _word(steps[at]));
        }
    }

    function _word(Step memory step) internal pure returns (uint256) {
        uint256 pair = _index(step.tokenIn) << 8 | _index(step.tokenOut) << 16;
        return uint256(step.venue) | pair | _where(step) << 24 | ALL << 72;
    }

    function _where(Step memory step) private pure returns (uint256) {
        if (step.venue == IDepegExecutor.Venue.UniswapV3) return V3_FEE;
        if (step.venue == IDepegExecutor.Venue.UniswapV2) return 0;
        if (step.venue == IDepegExecutor.Venue.LitePsm) return 1 | (step.tokenIn == address(DAI) ? 1 << 8 : 0);
        return (step.pool == address(CURVE) ? 0 : 2) | uint256(step.coinIn) << 8 | uint256(step.coinOut) << 16;
    }

    function _index(address token) internal pure returns (uint256) {
        return token == address(USDC) ? 0 : token == address(USDT) ? 1 : 2;
    }

    function _assertNothingHeld() internal view {
        TokenDouble[3] memory tokens = [USDC, USDT, DAI];
        for (uint256 at = 0; at < tokens.length; ++at) {
            vm.assertEq(tokens[at].balanceOf(address(executor)), 0, "balance");
        }
        _assertNothingAllowed();
    }

    function _assertNothingAllowed() internal view {
        TokenDouble[3] memory tokens = [USDC, USDT, DAI];
        address[6] memory spenders =
            [address(CURVE), address(PSM), address(PAIR), address(V3_USDC_USDT), address(AAVE), address(MORPHO)];
        for (uint256 at = 0; at < tokens.length; ++at) {
            for (uint256 who = 0; who < spenders.length; ++who) {
                vm.assertEq(tokens[at].allowance(address(executor), spenders[who]), 0, "allowance");
            }
        }
    }
}
