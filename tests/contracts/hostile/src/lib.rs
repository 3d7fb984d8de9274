//! A contract that misbehaves as it is told: as the payee of money, and as a token.
//!
//! It also acts for whoever asks, so that a contract can be a member, a buyer or a keeper.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

mod raw;

#[cfg(target_arch = "riscv64")]
ink::polkavm_derive::min_stack_size!(65536);

#[ink::contract]
mod hostile {
    use ink::{
        U256,
        prelude::vec::Vec,
        sol::DynBytes,
        storage::{Lazy, Mapping},
    };

    use crate::raw;

    /// What it does when it is paid, and in `transfer` and `transferFrom`; 0 is what a payee or a token should.
    pub mod mode {
        /// Reverts.
        pub const REVERT: u8 = 1;
        /// Uses up all weight it is given.
        pub const BURN: u8 = 2;
        /// Writes cells that were not there.
        pub const WRITE: u8 = 3;
        /// Calls back as `setReentry` says, then goes on as if nothing had been.
        pub const REENTER: u8 = 4;
        /// As a token: takes what was asked, delivers one unit less.
        pub const DELIVER_LESS: u8 = 5;
        /// As a token: moves the money and returns nothing.
        pub const RETURN_NOTHING: u8 = 6;
        /// As a token: moves nothing and returns false.
        pub const RETURN_FALSE: u8 = 7;
    }

    /// Cells that one call writes under [`mode::WRITE`].
    const WRITES: u32 = 16;

    /// The mode, and what the modes need.
    #[ink(storage)]
    #[derive(Default)]
    pub struct Hostile {
        mode: u8,
        /// What it calls itself with to call back; at most 414 bytes.
        reentry: Lazy<Vec<u8>>,
        /// How often a call back was accepted.
        reentries: Lazy<u32>,
        written: Lazy<u32>,
        balances: Mapping<Address, U256>,
    }

    impl Hostile {
        /// One that is honest yet.
        #[ink(constructor)]
        pub fn new() -> Self {
            Self::default()
        }

        /// From now on it misbehaves so, see [`mode`].
        #[ink(message, name = "setMode")]
        pub fn set_mode(&mut self, mode: u8) {
            self.mode = mode;
        }

        /// The call of `act` by which it calls back.
        #[ink(message, name = "setReentry")]
        pub fn set_reentry(&mut self, act: DynBytes) {
            self.reentry.set(&act.to_vec());
        }

        /// How often a call back was accepted.
        #[ink(message)]
        pub fn reentries(&self) -> u32 {
            self.reentries.get().unwrap_or_default()
        }

        /// Calls `target` with `data` and passes on the money that came. A refusal is passed back, word for word.
        #[ink(message, payable)]
        pub fn act(&mut self, target: Address, data: DynBytes) {
            raw::call(target, self.env().transferred_value(), &data).unwrap_or_else(|refusal| raw::revert(&refusal));
        }

        /// Takes native money. A payment has no calldata, which ink! reads as selector 0: this name's.
        #[ink(message, payable, name = "wycpnbqcyf")]
        pub fn receive(&mut self) {
            self.misbehave();
        }

        /// As a token: gives `to` as much as they like.
        #[ink(message)]
        pub fn mint(&mut self, to: Address, value: U256) {
            self.credit(to, value);
        }

        /// ERC-20.
        #[ink(message, name = "balanceOf")]
        pub fn balance_of(&self, account: Address) -> U256 {
            self.balances.get(account).unwrap_or_default()
        }

        /// ERC-20.
        #[ink(message)]
        pub fn transfer(&mut self, to: Address, value: U256) -> bool {
            self.shift(self.env().caller(), to, value)
        }

        /// ERC-20, but for everybody: it asks for no allowance.
        #[ink(message, name = "transferFrom")]
        pub fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> bool {
            self.shift(from, to, value)
        }

        fn shift(&mut self, from: Address, to: Address, value: U256) -> bool {
            self.misbehave();
            let balance = self.balance_of(from);
            if self.mode == mode::RETURN_FALSE || balance < value {
                return false;
            }
            self.balances.insert(from, &(balance - value));
            let lost = u32::from(self.mode == mode::DELIVER_LESS);
            self.credit(to, value - lost);
            if self.mode == mode::RETURN_NOTHING {
                raw::answer(&[]);
            }
            true
        }

        fn credit(&mut self, to: Address, value: U256) {
            self.balances.insert(to, &(self.balance_of(to) + value));
        }

        fn misbehave(&mut self) {
            match self.mode {
                mode::REVERT => raw::revert(b"hostile"),
                mode::BURN => raw::burn(),
                mode::WRITE => self.write(),
                mode::REENTER => self.reenter(),
                _ => {}
            }
        }

        fn write(&mut self) {
            let written = self.written.get().unwrap_or_default();
            for cell in written..written + WRITES {
                raw::write(cell);
            }
            self.written.set(&(written + WRITES));
        }

        /// By way of itself: to be refused as a caller back ends a contract, and this one goes on.
        fn reenter(&mut self) {
            let act = self.reentry.get().unwrap_or_default();
            if raw::call(self.env().address(), U256::zero(), &act).is_ok() {
                self.reentries.set(&(self.reentries() + 1));
            }
        }
    }
}
