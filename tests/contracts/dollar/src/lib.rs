//! A worthless dollar for trying Chorus out: an ERC-20 with six decimals and ERC-2612 permits that anybody can mint.

#![cfg_attr(not(feature = "std"), no_std, no_main)]

#[cfg(target_arch = "riscv64")]
ink::polkavm_derive::min_stack_size!(65536);

#[ink::contract]
mod dollar {
    use chorus_core::{
        abi::Word as _,
        eip712::{Signature, hash_words, type_hash},
        hash::Hash32,
        types,
    };
    use chorus_host::{self as host, ChainKeccak};
    use ink::{U256, prelude::string::String, sol::FixedBytes, storage::Mapping};

    const NAME: &str = "Test Dollar of the embedded chain";

    /// The domain without a salt, as wallets take it for ERC-2612.
    const DOMAIN: Hash32 =
        type_hash("EIP712Domain", &["string name", "string version", "uint256 chainId", "address verifyingContract"]);
    const PERMIT: Hash32 = type_hash(
        "Permit",
        &["address owner", "address spender", "uint256 value", "uint256 nonce", "uint256 deadline"],
    );

    /// ERC-20.
    #[ink(event)]
    pub struct Transfer {
        #[ink(topic)]
        from: Address,
        #[ink(topic)]
        to: Address,
        value: U256,
    }

    /// ERC-20.
    #[ink(event)]
    pub struct Approval {
        #[ink(topic)]
        owner: Address,
        #[ink(topic)]
        spender: Address,
        value: U256,
    }

    /// Refusals, by the names of ERC-6093 and of OpenZeppelin's ERC20Permit.
    #[derive(Debug, PartialEq, Eq)]
    #[ink::error]
    pub enum Error {
        /// `sender` has `balance`, less than is needed.
        ERC20InsufficientBalance { sender: Address, balance: U256, needed: U256 },
        /// `spender` may take `allowance`, less than is needed.
        ERC20InsufficientAllowance { spender: Address, allowance: U256, needed: U256 },
        /// The permit was good until `deadline`.
        ERC2612ExpiredSignature { deadline: U256 },
        /// The permit was not signed by `owner` over their current nonce.
        ERC2612InvalidSigner { owner: Address },
    }

    /// Who has how much, and who may take how much of it.
    #[ink(storage)]
    #[derive(Default)]
    pub struct Dollar {
        supply: U256,
        balances: Mapping<Address, U256>,
        allowances: Mapping<(Address, Address), U256>,
        nonces: Mapping<Address, u64>,
    }

    impl Dollar {
        /// A dollar that nobody has yet.
        #[ink(constructor)]
        pub fn new() -> Self {
            Self::default()
        }

        /// The faucet: gives `to` as much as they like, whoever asks.
        #[ink(message)]
        pub fn mint(&mut self, to: Address, value: U256) {
            self.supply += value;
            self.credit(Address::zero(), to, value);
        }

        /// ERC-20.
        #[ink(message)]
        pub fn transfer(&mut self, to: Address, value: U256) -> Result<bool, Error> {
            self.shift(self.env().caller(), to, value)
        }

        /// ERC-20. An allowance of 2^256 - 1 is never used up, as in OpenZeppelin's.
        #[ink(message, name = "transferFrom")]
        pub fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> Result<bool, Error> {
            let spender = self.env().caller();
            let allowance = self.allowance(from, spender);
            if allowance < value {
                return Err(Error::ERC20InsufficientAllowance { spender, allowance, needed: value });
            }
            if allowance != U256::MAX {
                self.allowances.insert((from, spender), &(allowance - value));
            }
            self.shift(from, to, value)
        }

        /// ERC-20.
        #[ink(message)]
        pub fn approve(&mut self, spender: Address, value: U256) -> bool {
            self.allow(self.env().caller(), spender, value);
            true
        }

        /// ERC-2612: the same by `owner`'s signature, for whoever brings it.
        #[ink(message)]
        #[allow(clippy::too_many_arguments, reason = "ERC-2612's")]
        pub fn permit(
            &mut self,
            owner: Address,
            spender: Address,
            value: U256,
            deadline: U256,
            v: u8,
            r: FixedBytes<32>,
            s: FixedBytes<32>,
        ) -> Result<(), Error> {
            if U256::from(self.env().block_timestamp()) > deadline {
                return Err(Error::ERC2612ExpiredSignature { deadline });
            }
            let nonce = self.nonces.get(owner).unwrap_or_default();
            let permit = hash_words::<ChainKeccak, 6>([
                PERMIT,
                types::Address(owner.0).word(),
                types::Address(spender.0).word(),
                value.to_big_endian(),
                nonce.word(),
                deadline.to_big_endian(),
            ]);
            let digest = host::keccak(&[&[0x19, 0x01], &self.domain_separator().0[..], &permit].concat());
            let signature = Signature::parse(&[&r.0[..], &s.0, &[v]].concat());
            if signature.and_then(|signature| host::recover(digest, &signature)) != Some(types::Address(owner.0)) {
                return Err(Error::ERC2612InvalidSigner { owner });
            }
            self.nonces.insert(owner, &(nonce + 1));
            self.allow(owner, spender, value);
            Ok(())
        }

        /// ERC-20.
        #[ink(message)]
        pub fn name(&self) -> String {
            NAME.into()
        }

        /// ERC-20.
        #[ink(message)]
        pub fn symbol(&self) -> String {
            "tUSD".into()
        }

        /// ERC-20: one dollar is 1,000,000.
        #[ink(message)]
        pub fn decimals(&self) -> u8 {
            6
        }

        /// ERC-20.
        #[ink(message, name = "totalSupply")]
        pub fn total_supply(&self) -> U256 {
            self.supply
        }

        /// ERC-20.
        #[ink(message, name = "balanceOf")]
        pub fn balance_of(&self, account: Address) -> U256 {
            self.balances.get(account).unwrap_or_default()
        }

        /// ERC-20.
        #[ink(message)]
        pub fn allowance(&self, owner: Address, spender: Address) -> U256 {
            self.allowances.get((owner, spender)).unwrap_or_default()
        }

        /// ERC-2612: what the owner's next permit is signed over.
        #[ink(message)]
        pub fn nonces(&self, owner: Address) -> U256 {
            self.nonces.get(owner).unwrap_or_default().into()
        }

        /// ERC-2612: name, version `1`, chain and contract.
        #[ink(message, name = "DOMAIN_SEPARATOR")]
        pub fn domain_separator(&self) -> FixedBytes<32> {
            FixedBytes(hash_words::<ChainKeccak, 5>([
                DOMAIN,
                host::keccak(NAME.as_bytes()),
                host::keccak(b"1"),
                host::chain_id(),
                host::this().word(),
            ]))
        }

        fn shift(&mut self, from: Address, to: Address, value: U256) -> Result<bool, Error> {
            let balance = self.balance_of(from);
            if balance < value {
                return Err(Error::ERC20InsufficientBalance { sender: from, balance, needed: value });
            }
            self.balances.insert(from, &(balance - value));
            self.credit(from, to, value);
            Ok(true)
        }

        fn credit(&mut self, from: Address, to: Address, value: U256) {
            self.balances.insert(to, &(self.balance_of(to) + value));
            self.env().emit_event(Transfer { from, to, value });
        }

        fn allow(&mut self, owner: Address, spender: Address, value: U256) {
            self.allowances.insert((owner, spender), &value);
            self.env().emit_event(Approval { owner, spender, value });
        }
    }
}
