// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.27;

import {PaymentSplitter} from "openzeppelin-4/finance/PaymentSplitter.sol";

/// Payees fetch their shares, one by one.
contract Splitter is PaymentSplitter {
    constructor(address[] memory payees, uint256[] memory shares) payable PaymentSplitter(payees, shares) {}
}

/// Pays all in a row and remembers nothing: what a payment costs at the very least.
contract Push {
    function push(address[] calldata payees, uint256 value) external payable {
        for (uint256 i = 0; i < payees.length; i++) {
            (bool paid, ) = payees[i].call{value: value}("");
            require(paid);
        }
    }
}
