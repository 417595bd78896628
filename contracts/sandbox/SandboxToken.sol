// SPDX-License-Identifier: MIT
pragma solidity 0.8.30;

/// @title ERC-20 part of the stand-ins that are tokens
/// @notice Sandbox only. Permits are missing everywhere: nothing here signs.
abstract contract SandboxToken {
    string public name;
    string public symbol;
    uint8 public constant decimals = 18;
    uint256 public totalSupply;
    mapping(address => uint256) public balanceOf;
    mapping(address => mapping(address => uint256)) public allowance;

    event Transfer(address indexed from, address indexed to, uint256 value);
    event Approval(address indexed owner, address indexed spender, uint256 value);

    constructor(string memory name_, string memory symbol_) {
        (name, symbol) = (name_, symbol_);
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

    /// @dev A token that refuses some receivers does so here.
    function _checkReceiver(address to) internal view virtual {}

    function _shortOfBalance() internal pure virtual returns (string memory) {
        return "";
    }

    function _shortOfAllowance() internal pure virtual returns (string memory) {
        return "";
    }

    function _spend(address from, uint256 amount) internal {
        uint256 allowed = allowance[from][msg.sender];
        if (from == msg.sender && _ownerNeedsNoAllowance() || allowed == type(uint256).max) return;
        require(allowed >= amount, _shortOfAllowance());
        allowance[from][msg.sender] = allowed - amount;
    }

    function _ownerNeedsNoAllowance() internal pure virtual returns (bool) {
        return false;
    }

    function _mint(address to, uint256 amount) internal {
        _checkReceiver(to);
        totalSupply += amount;
        balanceOf[to] += amount;
        emit Transfer(address(0), to, amount);
    }

    function _burn(address from, uint256 amount) internal {
        require(balanceOf[from] >= amount, _shortOfBalance());
        balanceOf[from] -= amount;
        totalSupply -= amount;
        emit Transfer(from, address(0), amount);
    }

    function _move(address from, address to, uint256 amount) private {
        _checkReceiver(to);
        require(balanceOf[from] >= amount, _shortOfBalance());
        balanceOf[from] -= amount;
        balanceOf[to] += amount;
        emit Transfer(from, to, amount);
    }
}
