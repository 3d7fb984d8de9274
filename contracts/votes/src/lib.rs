//! The vote token and its ballots: the ink! shell over [`chorus_core::votes`].
//!
//! A message ends with its answer or its refusal, by the host's own function: ink! would encode both with more code,
//! and write the root cell back though most messages do not change it.

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
    use chorus_core::abi::{Uint256, Word};
    use chorus_core::eip712::Signature;
    use chorus_core::error::Error;
    use chorus_core::types::{self, OfferId, Points, Weight};
    use chorus_core::votes::governor::{self, Reason};
    use chorus_core::votes::{self as rules, Construction, Delegation, Host as _, Root, Total, VotingSettings};
    use chorus_host::{self as host, Refused};
    use ink::U256;
    use ink::prelude::string::String;
    use ink::prelude::vec::Vec;
    use ink::sol::{DynBytes, FixedBytes};

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
            proposal_threshold_bps: u16,
        ) -> Result<Self, Refused> {
            let (root, event) = rules::construct(&Construction {
                attestations: types::Address(attestations.0),
                escrow: types::Address(escrow.0),
                voting: VotingSettings {
                    voting_period_s,
                    quorum_bps,
                    quorum_min: Points(quorum_min),
                    approval_bps,
                    proposal_threshold_bps,
                },
                salt: host::deployment_salt(),
            })?;
            let mut contract = Self { root: root.to_bytes() };
            contract.emit(event);
            Ok(contract)
        }

        /// For `attestations`: makes a member's balance equal to their weight.
        #[ink(message)]
        pub fn mirror(&mut self, member: Address, weight: u32) {
            ok(rules::mirror(self, host::now(), host::caller(), types::Address(member.0), Weight(weight)));
            host::answer(&[])
        }

        /// For `attestations`: several members at once, packed as 20 bytes of address and 4 of weight each.
        #[ink(message, name = "mirrorMany")]
        pub fn mirror_many(&mut self, changes: DynBytes) {
            ok(rules::mirror_many(self, host::now(), host::caller(), &changes.0));
            host::answer(&[])
        }

        /// For `escrow`: opens a ballot on an offer. Returns the second whose votes count, and the last one in which
        /// they are taken.
        #[ink(message, name = "openBallot")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn open_ballot(&mut self, proposalId: U256, proposer: Address) -> (u64, u64) {
            let (now, caller) = (host::now(), host::caller());
            answer_times(&ok(rules::open_ballot(self, now, caller, id(proposalId), types::Address(proposer.0))))
        }

        /// For `escrow`: the same on settings, which `proposer` needs votes for.
        #[ink(message, name = "openProposal")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn open_proposal(&mut self, proposalId: U256, proposer: Address) -> (u64, u64) {
            let (now, caller) = (host::now(), host::caller());
            answer_times(&ok(rules::open_proposal(self, now, caller, id(proposalId), types::Address(proposer.0))))
        }

        /// For `escrow`: what ballots opened from now on are opened with, by a decision of the DAO.
        #[ink(message, name = "setVoting")]
        pub fn set_voting(
            &mut self,
            voting_period_s: u64,
            quorum_bps: u16,
            quorum_min: u64,
            approval_bps: u16,
            proposal_threshold_bps: u16,
        ) {
            let settings = VotingSettings {
                voting_period_s,
                quorum_bps,
                quorum_min: Points(quorum_min),
                approval_bps,
                proposal_threshold_bps,
            };
            ok(rules::set_voting(self, host::now(), host::caller(), &settings));
            host::answer(&[])
        }

        /// Votes 0 against, 1 for, 2 abstain, with the caller's power at the snapshot, which is returned.
        #[ink(message, name = "castVote")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn cast_vote(&mut self, proposalId: U256, support: u8) -> U256 {
            self.cast(id(proposalId), support, &Reason::NONE)
        }

        /// The same, and says why in at most 256 bytes.
        #[ink(message, name = "castVoteWithReason")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn cast_vote_with_reason(&mut self, proposalId: U256, support: u8, reason: String) -> U256 {
            self.cast(id(proposalId), support, &ok(Reason::new(&reason)))
        }

        /// Counts a vote that `voter` signed, whoever brings it.
        #[ink(message, name = "castVoteBySig")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn cast_vote_by_sig(&mut self, proposalId: U256, support: u8, voter: Address, signature: DynBytes) -> U256 {
            let voter = types::Address(voter.0);
            let power = rules::cast_by_sig(self, host::now(), id(proposalId), support, voter, &signature.0);
            host::answer(&ok(power).word())
        }

        /// Counts signed votes, packed as voter 20 bytes, support 1, length of the signature 1, signature. A bad one is
        /// skipped. Returns how many were counted.
        #[ink(message, name = "castVotesBySig")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn cast_votes_by_sig(&mut self, proposalId: U256, ballots: DynBytes) -> u32 {
            host::answer(&ok(rules::cast_many(self, host::now(), id(proposalId), &ballots.0)).word())
        }

        /// Gives the caller's votes, now and later, to `delegatee`.
        #[ink(message)]
        pub fn delegate(&mut self, delegatee: Address) {
            ok(rules::delegate(self, host::now(), host::caller(), types::Address(delegatee.0)));
            host::answer(&[])
        }

        /// ERC-5805: gives the votes of who signed this. Unlike OpenZeppelin's, of an account known here alone.
        #[ink(message, name = "delegateBySig")]
        pub fn delegate_by_sig(
            &mut self,
            delegatee: Address,
            nonce: U256,
            expiry: U256,
            v: u8,
            r: FixedBytes<32>,
            s: FixedBytes<32>,
        ) {
            let mut signature = [v; Signature::SIZE];
            signature[..32].copy_from_slice(&r.0);
            signature[32..64].copy_from_slice(&s.0);
            ok(rules::delegate_by_sig(self, host::now(), &delegation(delegatee, nonce, expiry), &signature));
            host::answer(&[])
        }

        /// The same for a named delegator, whose signature is of an Ethereum key or of a Substrate key.
        #[ink(message, name = "delegateFor")]
        pub fn delegate_for(
            &mut self,
            delegator: Address,
            delegatee: Address,
            nonce: U256,
            expiry: U256,
            signature: DynBytes,
        ) {
            let (delegator, delegation) = (types::Address(delegator.0), delegation(delegatee, nonce, expiry));
            ok(rules::delegate_for(self, host::now(), delegator, &delegation, &signature.0));
            host::answer(&[])
        }

        /// Refused: votes are not for sale apart from the data.
        #[ink(message)]
        #[allow(unused_variables, reason = "refused whatever they are")]
        pub fn transfer(&mut self, to: Address, value: U256) -> bool {
            host::refuse(Error::NotTransferable)
        }

        /// Refused, as `transfer` is.
        #[ink(message, name = "transferFrom")]
        #[allow(unused_variables, reason = "refused whatever they are")]
        pub fn transfer_from(&mut self, from: Address, to: Address, value: U256) -> bool {
            host::refuse(Error::NotTransferable)
        }

        /// Refused, as `transfer` is.
        #[ink(message)]
        #[allow(unused_variables, reason = "refused whatever they are")]
        pub fn approve(&mut self, spender: Address, value: U256) -> bool {
            host::refuse(Error::NotTransferable)
        }

        /// ERC-20.
        #[ink(message)]
        pub fn name(&self) -> String {
            host::answer_text("Chorus Votes")
        }

        /// ERC-20.
        #[ink(message)]
        pub fn symbol(&self) -> String {
            host::answer_text("CHORUS")
        }

        /// A point is not divided.
        #[ink(message)]
        pub fn decimals(&self) -> u8 {
            host::answer(&0u8.word())
        }

        /// Weight of the whole pool.
        #[ink(message, name = "totalSupply")]
        pub fn total_supply(&self) -> U256 {
            host::answer(&self.total(Total::Supply).value().word())
        }

        /// Weight of an account.
        #[ink(message, name = "balanceOf")]
        pub fn balance_of(&self, account: Address) -> U256 {
            host::answer(&self.of(account).balance.word())
        }

        /// Nobody can be allowed anything.
        #[ink(message)]
        #[allow(unused_variables, reason = "the same for everybody")]
        pub fn allowance(&self, owner: Address, spender: Address) -> U256 {
            host::answer(&0u64.word())
        }

        /// Who votes with the account's weight; 0x0 is nobody.
        #[ink(message)]
        pub fn delegates(&self, account: Address) -> Address {
            host::answer(&self.of(account).delegate.word())
        }

        /// Votes of an account now, its own and those delegated to it.
        #[ink(message, name = "getVotes")]
        pub fn get_votes(&self, account: Address) -> U256 {
            host::answer(&self.of(account).votes.value().word())
        }

        /// Votes of an account at a second that is over.
        #[ink(message, name = "getPastVotes")]
        pub fn get_past_votes(&self, account: Address, timepoint: U256) -> U256 {
            let votes = rules::past_votes(self, host::now(), types::Address(account.0), time(timepoint));
            host::answer(&ok(votes).word())
        }

        /// The supply at a second that is over.
        #[ink(message, name = "getPastTotalSupply")]
        pub fn get_past_total_supply(&self, timepoint: U256) -> U256 {
            host::answer(&ok(rules::past_supply(self, host::now(), time(timepoint))).word())
        }

        /// Signatures of an account used so far.
        #[ink(message)]
        pub fn nonces(&self, account: Address) -> U256 {
            host::answer(&self.of(account).nonce.word())
        }

        /// ERC-6372: unix seconds.
        #[ink(message)]
        pub fn clock(&self) -> u64 {
            host::answer(&host::now().word())
        }

        /// ERC-6372.
        #[ink(message, name = "CLOCK_MODE")]
        pub fn clock_mode(&self) -> String {
            host::answer_text("mode=timestamp")
        }

        /// Governor: how votes are counted.
        #[ink(message, name = "COUNTING_MODE")]
        pub fn counting_mode(&self) -> String {
            host::answer_text("support=bravo&quorum=for,abstain")
        }

        /// ERC-165.
        #[ink(message, name = "supportsInterface")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn supports_interface(&self, interfaceId: FixedBytes<4>) -> bool {
            host::answer(&governor::supports_interface(interfaceId.0).word())
        }

        /// Votes are taken from the second a ballot is opened in.
        #[ink(message, name = "votingDelay")]
        pub fn voting_delay(&self) -> U256 {
            host::answer(&0u64.word())
        }

        /// How long ballots opened from now on take votes, in seconds.
        #[ink(message, name = "votingPeriod")]
        pub fn voting_period(&self) -> U256 {
            host::answer(&self.root().voting.period_s.word())
        }

        /// Votes that who proposes settings now must have had one second ago.
        #[ink(message, name = "proposalThreshold")]
        pub fn proposal_threshold(&self) -> U256 {
            host::answer(&ok(rules::proposal_threshold(self, host::now())).word())
        }

        /// The votes that for and abstain must reach, by supply and settings of a second that is over.
        #[ink(message)]
        pub fn quorum(&self, timepoint: U256) -> U256 {
            host::answer(&ok(rules::quorum_at(self, host::now(), time(timepoint))).word())
        }

        /// Whether an account voted in a ballot.
        #[ink(message, name = "hasVoted")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn has_voted(&self, proposalId: U256, account: Address) -> bool {
            host::answer(&ok(rules::has_voted(self, id(proposalId), types::Address(account.0))).word())
        }

        /// Votes against, for, and abstaining.
        #[ink(message, name = "proposalVotes")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn proposal_votes(&self, proposalId: U256) -> (U256, U256, U256) {
            host::answer(self.known_ballot(proposalId).tally.map(|side| side.word()).as_flattened())
        }

        /// The second whose votes count.
        #[ink(message, name = "proposalSnapshot")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn proposal_snapshot(&self, proposalId: U256) -> U256 {
            host::answer(&self.known_ballot(proposalId).snapshot.word())
        }

        /// The last second in which votes are taken.
        #[ink(message, name = "proposalDeadline")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn proposal_deadline(&self, proposalId: U256) -> U256 {
            host::answer(&self.known_ballot(proposalId).deadline.word())
        }

        /// OpenZeppelin's `ProposalState`: 1 active, 3 defeated, 4 succeeded.
        #[ink(message)]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn state(&self, proposalId: U256) -> u8 {
            host::answer(&ok(rules::state(self, host::now(), id(proposalId))).word())
        }

        /// Whether a ballot passed; an error as long as it takes votes.
        #[ink(message)]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn outcome(&self, proposalId: U256) -> bool {
            host::answer(&ok(rules::outcome(self, host::now(), id(proposalId))).word())
        }

        /// The EIP-712 domain separator on this chain.
        #[ink(message, name = "DOMAIN_SEPARATOR")]
        pub fn domain_separator(&self) -> FixedBytes<32> {
            host::answer(&self.domain(self.root().salt).separator::<Self>())
        }

        /// ERC-5267.
        #[ink(message, name = "eip712Domain")]
        #[allow(clippy::type_complexity, reason = "the ERC's")]
        pub fn eip712_domain(&self) -> (FixedBytes<1>, String, String, U256, Address, FixedBytes<32>, Vec<U256>) {
            host::answer(&self.domain(self.root().salt).erc5267())
        }

        fn cast(&mut self, id: OfferId, support: u8, reason: &Reason) -> ! {
            host::answer(&ok(rules::cast(self, host::now(), host::caller(), id, support, reason)).word())
        }

        fn of(&self, account: Address) -> rules::Account {
            self.account(types::Address(account.0))
        }

        fn known_ballot(&self, proposal: U256) -> rules::Ballot {
            let id = id(proposal);
            ok(rules::ballot(self, id).ok_or(Error::NoSuchBallot { id }))
        }
    }

    /// What was found, or the end of the call.
    fn ok<T>(result: Result<T, Error>) -> T {
        result.unwrap_or_else(|error| host::refuse(error))
    }

    fn answer_times(ballot: &rules::Ballot) -> ! {
        host::answer([ballot.snapshot.word(), ballot.deadline.word()].as_flattened())
    }

    fn id(proposal: U256) -> OfferId {
        OfferId(word(proposal).0)
    }

    fn time(timepoint: U256) -> types::Timestamp {
        rules::timepoint(word(timepoint))
    }

    fn word(uint: U256) -> Uint256 {
        Uint256(uint.to_big_endian())
    }

    fn delegation(delegatee: Address, nonce: U256, expiry: U256) -> Delegation {
        Delegation { delegatee: types::Address(delegatee.0), nonce: word(nonce), expiry: word(expiry) }
    }
}
