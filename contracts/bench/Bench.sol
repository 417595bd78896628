// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

interface IToken {
    function balanceOf(address who) external view returns (uint256);
}

interface IPair {
    function swap(uint256 amount0Out, uint256 amount1Out, address to, bytes calldata data) external;
}

interface IPool {
    function swap(address to, bool zeroForOne, int256 amount, uint160 limitX96, bytes calldata data)
        external
        returns (int256 amount0, int256 amount1);
}

interface IManager {
    struct Key {
        address currency0;
        address currency1;
        uint24 fee;
        int24 tickSpacing;
        address hooks;
    }

    struct Order {
        bool zeroForOne;
        int256 amount;
        uint160 limitX96;
    }

    function unlock(bytes calldata data) external returns (bytes memory);
    function swap(Key memory key, Order memory order, bytes calldata data) external returns (int256 delta);
    function take(address token, address to, uint256 amountRaw) external;
    function sync(address token) external;
    function settle() external payable returns (uint256 paidRaw);
}

interface ICurve {
    function exchange(int128 i, int128 j, uint256 amountRaw, uint256 leastRaw) external;
}

interface ICurveNg {
    function exchange_received(int128 i, int128 j, uint256 amountRaw, uint256 leastRaw, address to)
        external
        returns (uint256);
}

interface IPsm {
    function sellGem(address to, uint256 gemRaw) external returns (uint256 daiRaw);
}

interface IMorpho {
    function flashLoan(address token, uint256 amountRaw, bytes calldata data) external;
}

interface IAave {
    function flashLoanSimple(address to, address token, uint256 amountRaw, bytes calldata data, uint16 referral)
        external;
}

interface IBalancer {
    function flashLoan(address to, address[] calldata tokens, uint256[] calldata amountsRaw, bytes calldata data)
        external;
}

/// @notice What the contracts of the gas benchmark share. They check nothing, and are never deployed.
/// @dev Whoever calls them takes what they hold.
abstract contract Bench {
    IManager internal constant MANAGER = IManager(0x000000000004444c5dc75cB358380D2e3dE08A90);
    IMorpho internal constant MORPHO = IMorpho(0xBBBBBbbBBb9cC5e90e3b3Af64bdAF62C37EEFFCb);
    IAave internal constant AAVE = IAave(0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2);
    IBalancer internal constant BALANCER = IBalancer(0xBA12222222228d8Ba445958a75a0704d566BF2C8);

    uint160 private constant LOWEST_LIMIT_X96 = 4295128740;
    uint160 private constant HIGHEST_LIMIT_X96 = 1461446703485210103287273052203988822378723970341;

    function _limit(bool zeroForOne) internal pure returns (uint160) {
        return zeroForOne ? LOWEST_LIMIT_X96 : HIGHEST_LIMIT_X96;
    }

    function _send(address token, address to, uint256 amountRaw) internal {
        _tell(token, 0xa9059cbb, to, amountRaw);
    }

    function _allow(address token, address spender, uint256 amountRaw) internal {
        _tell(token, 0x095ea7b3, spender, amountRaw);
    }

    function _balancerLoan(address token, uint256 amountRaw) internal {
        address[] memory tokens = new address[](1);
        uint256[] memory amountsRaw = new uint256[](1);
        (tokens[0], amountsRaw[0]) = (token, amountRaw);
        BALANCER.flashLoan(address(this), tokens, amountsRaw, "");
    }

    /// @dev The cheapest call of a token: neither its success nor its answer is looked at.
    function _tell(address token, uint256 selector, address who, uint256 amountRaw) private {
        assembly ("memory-safe") {
            let at := mload(0x40)
            mstore(at, shl(224, selector))
            mstore(add(at, 4), who)
            mstore(add(at, 36), amountRaw)
            pop(call(gas(), token, 0, at, 68, 0, 0))
        }
    }
}
