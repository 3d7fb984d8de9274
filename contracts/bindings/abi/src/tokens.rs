//! Tokens that an offer may be paid in, as the command line and the tests call them.

use alloy_sol_types::sol;

sol! {
    /// ERC-20 with its names, and ERC-2612.
    #[derive(Debug, PartialEq, Eq)]
    interface Token {
        function symbol() external view returns (string);
        function decimals() external view returns (uint8);
        function balanceOf(address account) external view returns (uint256);
        function allowance(address owner, address spender) external view returns (uint256);
        function transfer(address to, uint256 amount) external returns (bool);
        function approve(address spender, uint256 amount) external returns (bool);
        function nonces(address owner) external view returns (uint256);
        function DOMAIN_SEPARATOR() external view returns (bytes32);
    }
}

pub use Token::*;
