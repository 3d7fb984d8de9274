// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.27;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Votes} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Votes.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

/// The vote token as Chorus uses its own: timed by the clock, and who joins votes for themselves.
contract Token is ERC20, ERC20Votes {
    constructor() ERC20("Token", "T") EIP712("Token", "1") {}

    function mint(address to, uint256 value) external {
        _mint(to, value);
        if (delegates(to) == address(0)) _delegate(to, to);
    }

    function clock() public view override returns (uint48) {
        return uint48(block.timestamp);
    }

    function CLOCK_MODE() public pure override returns (string memory) {
        return "mode=timestamp";
    }

    function _update(address from, address to, uint256 value) internal override(ERC20, ERC20Votes) {
        super._update(from, to, value);
    }
}
