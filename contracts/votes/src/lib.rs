//! The vote token and its ballots: the ink! shell over [`chorus_core::votes`].

#![cfg_attr(not(feature = "std"), no_std, no_main)]

mod cells;

// The linker gives 8 KiB, which a call with a few cells and events at hand outgrows; more costs no code.
#[cfg(target_arch = "riscv64")]
ink::polkavm_derive::min_stack_size!(65536);

#[cfg(feature = "std")]
#[allow(unused_imports, reason = "no contract declares with all of these types")]
mod abi {
    use chorus_host::{abi::*, register_error, register_event};

    chorus_core::votes_events_abi!(register_event);
    chorus_core::errors_abi!(register_error);
}

#[ink::contract]
mod votes {
    use chorus_core::abi::Uint256;
    use chorus_core::error::Error;
    use chorus_core::types::{self, OfferId, Points, Weight};
    use chorus_core::votes::{self as rules, Construction, Host as _, Root};
    use chorus_host::{self as host, Refused};
    use ink::U256;
    use ink::prelude::string::String;
    use ink::sol::FixedBytes;

    /// The root cell, which ink! reads for every message; see [`rules::Root`] for what is in it.
    #[ink(storage)]
    pub struct Votes {
        pub(crate) root: [u8; Root::SIZE],
    }

    impl Votes {
        /// A token minted and burned by `attestations`, whose ballots `escrow` opens. Nobody keeps any power over it.
        #[ink(constructor)]
        pub fn new(
            attestations: Address,
            escrow: Address,
            voting_period_s: u64,
            quorum_bps: u16,
            quorum_min: u64,
            approval_bps: u16,
        ) -> Result<Self, Refused> {
            let (root, event) = rules::construct(&Construction {
                attestations: types::Address(attestations.0),
                escrow: types::Address(escrow.0),
                voting_period_s,
                quorum_bps,
                quorum_min: Points(quorum_min),
                approval_bps,
                salt: host::deployment_salt(),
            })?;
            let mut contract = Self { root: root.to_bytes() };
            contract.emit(event);
            Ok(contract)
        }

        /// For `attestations`: makes a member's balance equal to their weight.
        #[ink(message)]
        pub fn mirror(&mut self, member: Address, weight: u32) -> Result<(), Refused> {
            Ok(rules::mirror(self, host::now(), host::caller(), types::Address(member.0), Weight(weight))?)
        }

        /// For `escrow`: opens a ballot. Returns the second whose votes count, and the last one in which they are taken.
        #[ink(message, name = "openBallot")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn open_ballot(&mut self, proposalId: U256) -> Result<(u64, u64), Refused> {
            let ballot = rules::open_ballot(self, host::now(), host::caller(), id(proposalId))?;
            Ok((ballot.snapshot.0, ballot.deadline.0))
        }

        /// Votes 0 against, 1 for, 2 abstain, with the caller's power at the snapshot, which is returned.
        #[ink(message, name = "castVote")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn cast_vote(&mut self, proposalId: U256, support: u8) -> Result<U256, Refused> {
            Ok(uint(rules::cast(self, host::now(), host::caller(), id(proposalId), support)?))
        }

        /// Gives the caller's votes, now and later, to `delegatee`.
        #[ink(message)]
        pub fn delegate(&mut self, delegatee: Address) -> Result<(), Refused> {
            Ok(rules::delegate(self, host::now(), host::caller(), types::Address(delegatee.0))?)
        }

        /// Refused: votes are not for sale apart from the data.
        #[ink(message)]
        #[allow(unused_variables, reason = "refused whatever they are")]
        pub fn transfer(&mut self, to: Address, value: U256) -> Result<bool, Refused> {
            host::refuse(Error::NotTransferable)
        }

        /// Refused, as `transfer` is.
        #[ink(message, name = "transferFrom")]
        #[allow(unused_variables, reason = "refused whatever they are")]
        pub fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> Result<bool, Refused> {
            host::refuse(Error::NotTransferable)
        }

        /// Refused, as `transfer` is.
        #[ink(message)]
        #[allow(unused_variables, reason = "refused whatever they are")]
        pub fn approve(&mut self, spender: Address, value: U256) -> Result<bool, Refused> {
            host::refuse(Error::NotTransferable)
        }

        /// ERC-20.
        #[ink(message)]
        pub fn name(&self) -> String {
            "Chorus Votes".into()
        }

        /// ERC-20.
        #[ink(message)]
        pub fn symbol(&self) -> String {
            "CHORUS".into()
        }

        /// A point is not divided.
        #[ink(message)]
        pub fn decimals(&self) -> u8 {
            0
        }

        /// Weight of the whole pool.
        #[ink(message, name = "totalSupply")]
        pub fn total_supply(&self) -> U256 {
            uint(self.root().supply.value())
        }

        /// Weight of an account.
        #[ink(message, name = "balanceOf")]
        pub fn balance_of(&self, account: Address) -> U256 {
            self.of(account).balance.0.into()
        }

        /// Nobody can be allowed anything.
        #[ink(message)]
        #[allow(unused_variables, reason = "the same for everybody")]
        pub fn allowance(&self, owner: Address, spender: Address) -> U256 {
            0u64.into()
        }

        /// Who votes with the account's weight; 0x0 is nobody.
        #[ink(message)]
        pub fn delegates(&self, account: Address) -> Address {
            self.of(account).delegate.0.into()
        }

        /// Votes of an account now, its own and those delegated to it.
        #[ink(message, name = "getVotes")]
        pub fn get_votes(&self, account: Address) -> U256 {
            uint(self.of(account).votes.value())
        }

        /// Votes of an account at a second that is over.
        #[ink(message, name = "getPastVotes")]
        pub fn get_past_votes(&self, account: Address, timepoint: U256) -> Result<U256, Refused> {
            Ok(uint(rules::past_votes(self, host::now(), types::Address(account.0), time(timepoint))?))
        }

        /// The supply at a second that is over.
        #[ink(message, name = "getPastTotalSupply")]
        pub fn get_past_total_supply(&self, timepoint: U256) -> Result<U256, Refused> {
            Ok(uint(rules::past_supply(self, host::now(), time(timepoint))?))
        }

        /// Signatures of an account used so far.
        #[ink(message)]
        pub fn nonces(&self, account: Address) -> U256 {
            self.of(account).nonce.into()
        }

        /// ERC-6372: unix seconds.
        #[ink(message)]
        pub fn clock(&self) -> u64 {
            host::now().0
        }

        /// ERC-6372.
        #[ink(message, name = "CLOCK_MODE")]
        pub fn clock_mode(&self) -> String {
            "mode=timestamp".into()
        }

        /// Whether an account voted in a ballot.
        #[ink(message, name = "hasVoted")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn has_voted(&self, proposalId: U256, account: Address) -> Result<bool, Refused> {
            Ok(rules::has_voted(self, id(proposalId), types::Address(account.0))?)
        }

        /// Votes against, for, and abstaining.
        #[ink(message, name = "proposalVotes")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn proposal_votes(&self, proposalId: U256) -> Result<(U256, U256, U256), Refused> {
            let ballot = self.known_ballot(proposalId)?;
            Ok((uint(ballot.against), uint(ballot.for_), uint(ballot.abstain)))
        }

        /// The second whose votes count.
        #[ink(message, name = "proposalSnapshot")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn proposal_snapshot(&self, proposalId: U256) -> Result<U256, Refused> {
            Ok(self.known_ballot(proposalId)?.snapshot.0.into())
        }

        /// The last second in which votes are taken.
        #[ink(message, name = "proposalDeadline")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn proposal_deadline(&self, proposalId: U256) -> Result<U256, Refused> {
            Ok(self.known_ballot(proposalId)?.deadline.0.into())
        }

        /// Whether a ballot passed; an error as long as it takes votes.
        #[ink(message)]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn outcome(&self, proposalId: U256) -> Result<bool, Refused> {
            Ok(rules::outcome(self, host::now(), id(proposalId))?)
        }

        /// The EIP-712 domain separator on this chain.
        #[ink(message, name = "DOMAIN_SEPARATOR")]
        pub fn domain_separator(&self) -> FixedBytes<32> {
            FixedBytes(self.domain(self.root().salt).separator::<Self>())
        }

        fn of(&self, account: Address) -> rules::Account {
            self.account(types::Address(account.0))
        }

        fn known_ballot(&self, proposal: U256) -> Result<rules::Ballot, Error> {
            let id = id(proposal);
            self.ballot(id).ok_or(Error::NoSuchBallot { id })
        }
    }

    fn id(proposal: U256) -> OfferId {
        OfferId(proposal.to_big_endian())
    }

    fn time(timepoint: U256) -> types::Timestamp {
        rules::timepoint(Uint256(timepoint.to_big_endian()))
    }

    fn uint(points: Points) -> U256 {
        points.0.into()
    }
}
