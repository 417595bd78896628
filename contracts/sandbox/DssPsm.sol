// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

import {AuthGemJoin} from "./AuthGemJoin.sol";

/// @dev What the module needs of Dai; it must be a ward of it.
interface IPsmDai {
    function mint(address to, uint256 amount) external;
    function burn(address from, uint256 amount) external;
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// @title Stand-in for Maker's first peg stability module
/// @notice Sandbox only: interface and arithmetic of makerdao/dss-psm src/psm.sol. The gem is taken by `gemJoin`, which the
/// seller must have allowed; nothing is returned; there is no halt, but a ceiling of debt. Debt and ceiling stand here
/// because there is no vat. Not Maker's bytecode.
contract DssPsm {
    uint256 private constant WAD = 1e18;

    // forge-lint: disable-start(screaming-snake-case-immutable)
    AuthGemJoin public immutable gemJoin;
    IPsmDai public immutable dai;
    uint256 private immutable to18;
    // forge-lint: disable-end(screaming-snake-case-immutable)

    mapping(address => uint256) public wards;

    /// @notice Fee on selling the gem, 1e18 is all of it; more makes every sale fail.
    uint256 public tin;

    /// @notice Fee on buying the gem, 1e18 doubles the price.
    uint256 public tout;

    /// @notice Dai minted against gems, and the most there may be; the vat's `Art` and `line` on mainnet.
    uint256 public debt;
    uint256 public ceiling;

    event SellGem(address indexed owner, uint256 value, uint256 fee);
    event BuyGem(address indexed owner, uint256 value, uint256 fee);

    modifier auth() {
        require(wards[msg.sender] == 1);
        _;
    }

    constructor(address gemJoin_, address dai_, address ward, uint256 ceiling_) {
        (gemJoin, dai, ceiling) = (AuthGemJoin(gemJoin_), IPsmDai(dai_), ceiling_);
        to18 = 10 ** (18 - gemJoin.dec());
        wards[ward] = 1;
    }

    function file(bytes32 what, uint256 data) external auth {
        if (what == "tin") tin = data;
        else if (what == "tout") tout = data;
        else revert("DssPsm/file-unrecognized-param");
    }

    /// @notice The vat's administration on mainnet.
    function setCeiling(uint256 newCeiling) external auth {
        ceiling = newCeiling;
    }

    function sellGem(address usr, uint256 gemAmt) external {
        uint256 gemAmt18 = gemAmt * to18;
        uint256 fee = gemAmt18 * tin / WAD;
        uint256 daiAmt = gemAmt18 - fee;
        gemJoin.join(address(this), gemAmt, msg.sender);
        debt += gemAmt18;
        require(debt <= ceiling, "Vat/ceiling-exceeded");
        dai.mint(usr, daiAmt);
        emit SellGem(usr, gemAmt, fee);
    }

    function buyGem(address usr, uint256 gemAmt) external {
        uint256 gemAmt18 = gemAmt * to18;
        uint256 fee = gemAmt18 * tout / WAD;
        require(dai.transferFrom(msg.sender, address(this), gemAmt18 + fee), "DssPsm/failed-transfer");
        dai.burn(address(this), gemAmt18 + fee);
        debt -= gemAmt18;
        gemJoin.exit(usr, gemAmt);
        emit BuyGem(usr, gemAmt, fee);
    }
}
