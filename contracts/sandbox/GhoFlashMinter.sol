// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {GhoToken} from "./GhoToken.sol";

/// @dev Aave's provider and its access list; the local mainnet has both.
interface IAaveAddresses {
    function getACLManager() external view returns (address);
}

interface IAaveRoles {
    function isFlashBorrower(address borrower) external view returns (bool);
    function isPoolAdmin(address admin) external view returns (bool);
}

/// @dev ERC-3156 borrower.
interface IGhoBorrower {
    function onFlashLoan(address initiator, address token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32);
}

/// @title Stand-in for Aave's flash minter of GHO
/// @notice Sandbox only: interface, fee and error texts of aave/gho-core facilitators/flashMinter/GhoFlashMinter.sol. It
/// lends what its bucket has room for; borrowers that Aave lists pay no fee. Not Aave's bytecode.
contract GhoFlashMinter {
    bytes32 public constant CALLBACK_SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");
    uint256 public constant MAX_FEE = 10_000;
    address public immutable ADDRESSES_PROVIDER;

    GhoToken private immutable GHO;
    IAaveRoles private immutable ROLES;
    uint256 private feeBps;
    address private treasury;

    event FlashMint(
        address indexed receiver, address indexed initiator, address asset, uint256 indexed amount, uint256 fee
    );

    constructor(address gho, address treasury_, uint256 fee, address provider) {
        require(fee <= MAX_FEE, "FlashMinter: Fee out of range");
        (GHO, treasury, feeBps, ADDRESSES_PROVIDER) = (GhoToken(gho), treasury_, fee, provider);
        ROLES = IAaveRoles(IAaveAddresses(provider).getACLManager());
    }

    function flashLoan(IGhoBorrower receiver, address token, uint256 amount, bytes calldata data)
        external
        returns (bool)
    {
        uint256 fee = flashFee(token, amount);
        GHO.mint(address(receiver), amount);
        bytes32 answer = receiver.onFlashLoan(msg.sender, token, amount, fee, data);
        require(answer == CALLBACK_SUCCESS, "FlashMinter: Callback failed");
        require(GHO.transferFrom(address(receiver), address(this), amount + fee));
        GHO.burn(amount);
        emit FlashMint(address(receiver), msg.sender, token, amount, fee);
        return true;
    }

    /// @notice In bps.
    function updateFee(uint256 newFee) external {
        require(ROLES.isPoolAdmin(msg.sender), "CALLER_NOT_POOL_ADMIN");
        require(newFee <= MAX_FEE, "FlashMinter: Fee out of range");
        feeBps = newFee;
    }

    function distributeFeesToTreasury() external {
        require(GHO.transfer(treasury, GHO.balanceOf(address(this))));
    }

    function maxFlashLoan(address token) external view returns (uint256) {
        if (token != address(GHO)) return 0;
        (uint256 capacity, uint256 level) = GHO.getFacilitatorBucket(address(this));
        return capacity > level ? capacity - level : 0;
    }

    function getFee() external view returns (uint256) {
        return feeBps;
    }

    /// @notice Depends on who asks; halves round up, as Aave's percentages do.
    function flashFee(address token, uint256 amount) public view returns (uint256) {
        require(token == address(GHO), "FlashMinter: Unsupported currency");
        return ROLES.isFlashBorrower(msg.sender) ? 0 : (amount * feeBps + 5_000) / 10_000;
    }
}
