// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev What the module needs of Dai and of the gem.
interface IPsmToken {
    function decimals() external view returns (uint8);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// @title Stand-in for Maker's DssLitePsm
/// @notice Sandbox only: swaps Dai and one gem at par less fees, with the interface, arithmetic and error texts of
/// DssLitePsm. Its Dai is minted to it beforehand, so there is no vat, no fill and no trim. Not Maker's bytecode.
contract LitePSM {
    uint256 private constant WAD = 1e18;

    /// @notice Fee value that closes a direction.
    uint256 public constant HALTED = type(uint256).max;

    IPsmToken public immutable dai;
    IPsmToken public immutable gem;

    /// @notice Holds the gem and lets this contract move it.
    address public immutable pocket;

    /// @notice Multiplies gem base units into Dai base units.
    uint256 public immutable to18ConversionFactor;

    /// @notice Fee on selling the gem, 1e18 is all of it.
    uint256 public tin;

    /// @notice Fee on buying the gem, 1e18 doubles the price.
    uint256 public tout;

    /// @notice Dai to keep ready; kept for the interface, nothing fills it here.
    uint256 public buf;
    mapping(address => uint256) public wards;

    event File(bytes32 indexed what, uint256 data);
    event SellGem(address indexed owner, uint256 value, uint256 fee);
    event BuyGem(address indexed owner, uint256 value, uint256 fee);

    constructor(address dai_, address gem_, address pocket_, address ward) {
        dai = IPsmToken(dai_);
        gem = IPsmToken(gem_);
        pocket = pocket_;
        to18ConversionFactor = 10 ** (18 - IPsmToken(gem_).decimals());
        wards[ward] = 1;
    }

    /// @notice Sets "tin", "tout" or "buf".
    function file(bytes32 what, uint256 data) external {
        require(wards[msg.sender] == 1, "DssLitePsm/not-authorized");
        if (what == "tin") {
            require(data == HALTED || data <= WAD, "DssLitePsm/tin-out-of-range");
            tin = data;
        } else if (what == "tout") {
            require(data == HALTED || data <= WAD, "DssLitePsm/tout-out-of-range");
            tout = data;
        } else if (what == "buf") {
            buf = data;
        } else {
            revert("DssLitePsm/file-unrecognized-param");
        }
        emit File(what, data);
    }

    /// @notice Takes `gemAmt` from the caller and pays `usr` in Dai.
    /// @return daiOutWad Dai paid, less the fee rounded down.
    function sellGem(address usr, uint256 gemAmt) external returns (uint256 daiOutWad) {
        require(tin != HALTED, "DssLitePsm/sell-gem-halted");
        daiOutWad = gemAmt * to18ConversionFactor;
        uint256 fee = daiOutWad * tin / WAD;
        daiOutWad -= fee;
        require(gem.transferFrom(msg.sender, pocket, gemAmt), "DssLitePsm/gem-transfer-failed");
        require(dai.transfer(usr, daiOutWad), "DssLitePsm/dai-transfer-failed");
        emit SellGem(usr, gemAmt, fee);
    }

    /// @notice Takes Dai from the caller and pays `usr` exactly `gemAmt`.
    /// @return daiInWad Dai taken, with the fee rounded down.
    function buyGem(address usr, uint256 gemAmt) external returns (uint256 daiInWad) {
        require(tout != HALTED, "DssLitePsm/buy-gem-halted");
        daiInWad = gemAmt * to18ConversionFactor;
        uint256 fee = daiInWad * tout / WAD;
        daiInWad += fee;
        require(dai.transferFrom(msg.sender, address(this), daiInWad), "DssLitePsm/dai-transfer-failed");
        require(gem.transferFrom(pocket, usr, gemAmt), "DssLitePsm/gem-transfer-failed");
        emit BuyGem(usr, gemAmt, fee);
    }
}
