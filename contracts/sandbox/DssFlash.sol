// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev What the flash mint needs of Dai; it must be a ward of it.
interface IMintableDai {
    function mint(address to, uint256 amount) external;
    function burn(address from, uint256 amount) external;
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// @dev ERC-3156 borrower.
interface IFlashBorrower {
    function onFlashLoan(address initiator, address token, uint256 amount, uint256 fee, bytes calldata data)
        external
        returns (bytes32);
}

/// @title Stand-in for Maker's DssFlash
/// @notice Sandbox only: the interface, limits and error texts of DssFlash over Dai itself. Not Maker's bytecode.
contract DssFlash {
    bytes32 public constant CALLBACK_SUCCESS = keccak256("ERC3156FlashBorrower.onFlashLoan");

    IMintableDai public immutable dai;

    /// @notice Largest loan, in base units of Dai.
    uint256 public max;
    mapping(address => uint256) public wards;
    uint256 private locked;

    event FlashLoan(address indexed receiver, address token, uint256 amount, uint256 fee);

    constructor(address dai_, uint256 max_, address ward) {
        dai = IMintableDai(dai_);
        max = max_;
        wards[ward] = 1;
    }

    /// @notice Sets the ceiling ("max").
    function file(bytes32 what, uint256 data) external {
        require(wards[msg.sender] == 1, "DssFlash/not-authorized");
        require(what == "max", "DssFlash/file-unrecognized-param");
        max = data;
    }

    /// @notice Zero for other tokens, and while a loan is running.
    function maxFlashLoan(address token) external view returns (uint256) {
        return token == address(dai) && locked == 0 ? max : 0;
    }

    /// @notice Always zero, for Dai.
    function flashFee(address token, uint256) external view returns (uint256) {
        require(token == address(dai), "DssFlash/token-unsupported");
        return 0;
    }

    /// @notice Mints `amount` to `receiver`, calls it, takes the same amount back and burns it.
    function flashLoan(IFlashBorrower receiver, address token, uint256 amount, bytes calldata data)
        external
        returns (bool)
    {
        require(locked == 0, "DssFlash/reentrancy-guard");
        require(token == address(dai), "DssFlash/token-unsupported");
        require(amount <= max, "DssFlash/ceiling-exceeded");
        locked = 1;
        dai.mint(address(receiver), amount);
        emit FlashLoan(address(receiver), token, amount, 0);
        require(
            receiver.onFlashLoan(msg.sender, token, amount, 0, data) == CALLBACK_SUCCESS, "DssFlash/callback-failed"
        );
        require(dai.transferFrom(address(receiver), address(this), amount), "DssFlash/transfer-failed");
        dai.burn(address(this), amount);
        locked = 0;
        return true;
    }
}
