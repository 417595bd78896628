// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {IDepegExecutor} from "../../contracts/interfaces/IDepegExecutor.sol";
import {TokenDouble} from "./doubles/TokenDouble.sol";
import {ExecutorFixture} from "./support/ExecutorFixture.sol";

/// @notice Acts as everybody, and keeps the books that the invariants compare with.
contract Actors is ExecutorFixture {
    TokenDouble[3] internal tokens = [USDC, USDT, DAI];
    mapping(TokenDouble => uint256) public strayRaw;
    mapping(TokenDouble => uint256) public ownedRaw;

    function target() external view returns (IDepegExecutor) {
        return executor;
    }

    function runPlan(uint8 lender, uint256 amountRaw, uint256 curvePriceWad, uint256 minProfitRaw) external {
        Loan memory loan = _loan(IDepegExecutor.Lender(lender % 3));
        loan.amountRaw = _bound(amountRaw, 1, 2_000_000e6);
        CURVE.setPrice(2, 1, _bound(curvePriceWad, 0.95e18, 1.1e18));
        minProfitRaw = _bound(minProfitRaw, 0, 50_000e6);
        bytes memory data = _encode(loan, _steps(), minProfitRaw, BLOCK);
        vm.prank(OPERATOR);
        (bool success, bytes memory answer) = address(executor).call(data);
        if (!success) return;
        vm.assertLe(minProfitRaw, abi.decode(answer, (uint256)));
        ownedRaw[USDT] += abi.decode(answer, (uint256));
    }

    function runPsmPlan(uint256 amountRaw, uint256 v3PriceWad) external {
        Loan memory loan = Loan({
            lender: IDepegExecutor.Lender.BalancerV2, token: address(DAI), amountRaw: _bound(amountRaw, 1, 1_000_000e18)
        });
        Step[] memory steps = new Step[](2);
        steps[0] = _psm(DAI, USDC);
        steps[1] = _v3(V3_DAI_USDC, USDC, DAI);
        V3_DAI_USDC.setPrice(_bound(v3PriceWad, 0.95e30, 1.1e30));
        bytes memory data = _encode(loan, steps, 0, BLOCK);
        vm.prank(OPERATOR);
        (bool success, bytes memory answer) = address(executor).call(data);
        if (success) ownedRaw[DAI] += abi.decode(answer, (uint256)) + loan.amountRaw % 1e12; // and the dust
    }

    function attack(address caller, uint8 which, uint256 amountRaw, bytes calldata context) external {
        if (caller == OPERATOR || caller == OWNER || caller == address(vm)) return;
        address[] memory asked = new address[](1);
        uint256[] memory amountsRaw = new uint256[](1);
        (asked[0], amountsRaw[0]) = (address(USDT), amountRaw);
        bytes[6] memory calls = [
            abi.encodeCall(callbacks.executeOperation, (asked[0], amountRaw, 0, address(executor), context)),
            abi.encodeCall(callbacks.receiveFlashLoan, (asked, amountsRaw, amountsRaw, context)),
            abi.encodeCall(callbacks.onMorphoFlashLoan, (amountRaw, context)),
            abi.encodeCall(callbacks.uniswapV3SwapCallback, (int256(amountRaw >> 1), 0, context)),
            _encode(_loan(IDepegExecutor.Lender.Morpho), _steps(), 0, BLOCK),
            abi.encodeCall(executor.withdraw, (asked[0]))
        ];
        vm.prank(caller);
        (bool success,) = address(executor).call(calls[which % calls.length]);
        vm.assertTrue(!success);
    }

    function donate(uint8 which, uint256 amountRaw) external {
        TokenDouble token = tokens[which % tokens.length];
        amountRaw = _bound(amountRaw, 0, 1_000e18);
        token.mint(address(executor), amountRaw);
        strayRaw[token] += amountRaw;
    }

    function withdraw(uint8 which) external {
        TokenDouble token = tokens[which % tokens.length];
        vm.prank(OWNER);
        ownedRaw[token] += executor.withdraw(address(token));
        strayRaw[token] = 0;
    }

    function assertBooksBalance() external view {
        for (uint256 at = 0; at < tokens.length; ++at) {
            vm.assertEq(tokens[at].balanceOf(address(executor)), strayRaw[tokens[at]], "only strays are held");
            vm.assertEq(tokens[at].balanceOf(TREASURY), ownedRaw[tokens[at]], "the treasury has it all");
            vm.assertEq(tokens[at].balanceOf(STRANGER) + tokens[at].balanceOf(OPERATOR), 0, "nobody else has any");
        }
    }

    function assertNothingAllowed() external view {
        _assertNothingAllowed();
    }
}

contract DepegExecutorInvariantTest is ExecutorFixture {
    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    Actors private actors;

    function setUp() public override {
        actors = new Actors();
        actors.setUp();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(actors);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](5);
        selectors[0] = Actors.runPlan.selector;
        selectors[1] = Actors.runPsmPlan.selector;
        selectors[2] = Actors.attack.selector;
        selectors[3] = Actors.donate.selector;
        selectors[4] = Actors.withdraw.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector({addr: address(actors), selectors: selectors});
    }

    function invariant_HoldsOnlyStraysAndPaysOnlyTheTreasury() external view {
        actors.assertBooksBalance();
    }

    function invariant_LeavesNoAllowance() external view {
        actors.assertNothingAllowed();
    }
}
