// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @dev What the vault needs of Dai.
interface IVaultAsset {
    function balanceOf(address owner) external view returns (uint256);
    function transfer(address to, uint256 amount) external returns (bool);
    function transferFrom(address from, address to, uint256 amount) external returns (bool);
}

/// @title Stand-in for Savings DAI (sDAI)
/// @notice Sandbox only: an ERC-4626 vault over the Dai it holds; whoever sends it Dai raises the rate. On mainnet the
/// rate comes from Maker's savings rate instead. Not Maker's bytecode.
contract SavingsDai {
    string public constant name = "Savings Dai";
    string public constant symbol = "sDAI";
    uint8 public constant decimals = 18;

    address public immutable asset;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);
    event Deposit(address indexed sender, address indexed owner, uint256 assets, uint256 shares);
    event Withdraw(
        address indexed sender, address indexed receiver, address indexed owner, uint256 assets, uint256 shares
    );

    constructor(address asset_) {
        asset = asset_;
    }

    function totalAssets() public view returns (uint256) {
        return IVaultAsset(asset).balanceOf(address(this));
    }

    function convertToShares(uint256 assets) public view returns (uint256) {
        return totalSupply == 0 ? assets : assets * totalSupply / totalAssets();
    }

    function convertToAssets(uint256 shares) public view returns (uint256) {
        return totalSupply == 0 ? shares : shares * totalAssets() / totalSupply;
    }

    function maxDeposit(address) external pure returns (uint256) {
        return type(uint256).max;
    }

    function maxMint(address) external pure returns (uint256) {
        return type(uint256).max;
    }

    function maxWithdraw(address owner) external view returns (uint256) {
        return convertToAssets(balanceOf[owner]);
    }

    function maxRedeem(address owner) external view returns (uint256) {
        return balanceOf[owner];
    }

    function previewDeposit(uint256 assets) public view returns (uint256) {
        return convertToShares(assets);
    }

    /// @dev Rounded up: the depositor pays the fraction.
    function previewMint(uint256 shares) public view returns (uint256) {
        return totalSupply == 0 ? shares : _divUp(shares * totalAssets(), totalSupply);
    }

    /// @dev Rounded up: the withdrawer pays the fraction.
    function previewWithdraw(uint256 assets) public view returns (uint256) {
        return totalSupply == 0 ? assets : _divUp(assets * totalSupply, totalAssets());
    }

    function previewRedeem(uint256 shares) public view returns (uint256) {
        return convertToAssets(shares);
    }

    function deposit(uint256 assets, address receiver) external returns (uint256 shares) {
        shares = previewDeposit(assets);
        _enter(receiver, assets, shares);
    }

    function mint(uint256 shares, address receiver) external returns (uint256 assets) {
        assets = previewMint(shares);
        _enter(receiver, assets, shares);
    }

    function withdraw(uint256 assets, address receiver, address owner) external returns (uint256 shares) {
        shares = previewWithdraw(assets);
        _leave(receiver, owner, assets, shares);
    }

    function redeem(uint256 shares, address receiver, address owner) external returns (uint256 assets) {
        assets = previewRedeem(shares);
        _leave(receiver, owner, assets, shares);
    }

    function approve(address spender, uint256 amount) external returns (bool) {
        allowance[msg.sender][spender] = amount;
        emit Approval(msg.sender, spender, amount);
        return true;
    }

    function transfer(address to, uint256 amount) external returns (bool) {
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(address from, address to, uint256 amount) external returns (bool) {
        _spend(from, amount);
        _move(from, to, amount);
        return true;
    }

    function _enter(address receiver, uint256 assets, uint256 shares) private {
        require(IVaultAsset(asset).transferFrom(msg.sender, address(this), assets), "SavingsDai/transfer-failed");
        totalSupply += shares;
        balanceOf[receiver] += shares;
        emit Transfer(address(0), receiver, shares);
        emit Deposit(msg.sender, receiver, assets, shares);
    }

    function _leave(address receiver, address owner, uint256 assets, uint256 shares) private {
        _spend(owner, shares);
        balanceOf[owner] -= shares;
        totalSupply -= shares;
        require(IVaultAsset(asset).transfer(receiver, assets), "SavingsDai/transfer-failed");
        emit Transfer(owner, address(0), shares);
        emit Withdraw(msg.sender, receiver, owner, assets, shares);
    }

    function _spend(address owner, uint256 amount) private {
        uint256 allowed = allowance[owner][msg.sender];
        if (msg.sender != owner && allowed != type(uint256).max) {
            require(allowed >= amount, "SavingsDai/insufficient-allowance");
            allowance[owner][msg.sender] = allowed - amount;
        }
    }

    function _move(address from, address to, uint256 amount) private {
        require(balanceOf[from] >= amount, "SavingsDai/insufficient-balance");
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }

    function _divUp(uint256 numerator, uint256 denominator) private pure returns (uint256) {
        return (numerator + denominator - 1) / denominator;
    }
}
