//! The vote token and its ballots: the ink! shell over [`chorus_core::votes`].
//!
//! A message reads its arguments, and ends with its answer or its refusal, by the host's own functions: ink! would
//! decode and encode with more code, and write the root cell back though most messages do not change it.

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
    use chorus_core::{
        abi::{Selector, Uint256, Word as _},
        compat::{self, Reason},
        contract::Contract,
        eip712::Signature,
        error::Error,
        hash::Hash32,
        types::{Address as Account, BallotId, Points, Timestamp as Time},
        votes::{self as rules, Construction, Delegation, Host as _, Root, Total, VotingSettings},
    };
    use chorus_host::{self as host, Arg, Bytes, Given, Text, ok};
    use ink::{
        U256,
        prelude::{string::String, vec::Vec},
        sol::FixedBytes,
    };

    /// The root cell, which ink! reads for every message; see [`rules::Root`] for what is in it.
    #[ink(storage)]
    pub struct Votes {
        pub(crate) root: [u8; Root::SIZE],
    }

    impl Votes {
        /// A token minted and burned by `attestations`, whose ballots `escrow` opens. Nobody keeps any power over it.
        #[ink(constructor)]
        pub fn new(
            attestations: Given<Account, 0>,
            escrow: Given<Account, 1>,
            voting_period_s: Given<u64, 2>,
            quorum_bps: Given<u16, 3>,
            quorum_min: Given<Points, 4>,
            approval_bps: Given<u16, 5>,
            proposal_threshold_bps: Given<u16, 6>,
        ) -> Self {
            let with = Construction {
                attestations: attestations.get(),
                escrow: escrow.get(),
                voting: VotingSettings {
                    voting_period_s: voting_period_s.get(),
                    quorum_bps: quorum_bps.get(),
                    quorum_min: quorum_min.get(),
                    approval_bps: approval_bps.get(),
                    proposal_threshold_bps: proposal_threshold_bps.get(),
                },
                salt: host::deployment_salt(),
            };
            let mut contract = Self { root: [0; Root::SIZE] };
            ok(rules::construct(&mut contract, &with));
            contract
        }

        /// For `attestations`: makes balances equal to weights, packed as 20 bytes of a member's address and 4 of their
        /// weight.
        #[ink(message)]
        pub fn mirror(&mut self, changes: Arg<Bytes, 0>) {
            host::done(rules::mirror(self, host::now(), host::caller(), &changes.get()))
        }

        /// For `escrow`: opens a ballot on an offer. Returns the second whose votes count, and the last one in which
        /// they are taken.
        #[ink(message, name = "openBallot")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn open_ballot(&mut self, proposalId: Arg<Uint256, 0>, proposer: Arg<Account, 1>) -> (u64, u64) {
            let (now, caller) = (host::now(), host::caller());
            answer_times(&ok(rules::open_ballot(self, now, caller, id(proposalId), proposer.get())))
        }

        /// For `escrow`: opens a ballot on settings, for which `proposer` needs votes.
        #[ink(message, name = "openProposal")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn open_proposal(&mut self, proposalId: Arg<Uint256, 0>, proposer: Arg<Account, 1>) -> (u64, u64) {
            let (now, caller) = (host::now(), host::caller());
            answer_times(&ok(rules::open_proposal(self, now, caller, id(proposalId), proposer.get())))
        }

        /// For `escrow`: what ballots opened from now on are opened with, by a decision of the DAO.
        #[ink(message, name = "setVoting")]
        pub fn set_voting(
            &mut self,
            voting_period_s: Arg<u64, 0>,
            quorum_bps: Arg<u16, 1>,
            quorum_min: Arg<Points, 2>,
            approval_bps: Arg<u16, 3>,
            proposal_threshold_bps: Arg<u16, 4>,
        ) {
            let settings = VotingSettings {
                voting_period_s: voting_period_s.get(),
                quorum_bps: quorum_bps.get(),
                quorum_min: quorum_min.get(),
                approval_bps: approval_bps.get(),
                proposal_threshold_bps: proposal_threshold_bps.get(),
            };
            host::done(rules::set_voting(self, host::now(), host::caller(), &settings))
        }

        /// Votes 0 against, 1 for, 2 abstain, with the caller's power at the snapshot, which is returned.
        #[ink(message, name = "castVote")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn cast_vote(&mut self, proposalId: Arg<Uint256, 0>, support: Arg<u8, 1>) -> U256 {
            self.cast(id(proposalId), support.get(), &Reason::NONE)
        }

        /// The same, and says why in at most 256 bytes.
        #[ink(message, name = "castVoteWithReason")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn cast_vote_with_reason(
            &mut self,
            proposalId: Arg<Uint256, 0>,
            support: Arg<u8, 1>,
            reason: Arg<Text, 2>,
        ) -> U256 {
            self.cast(id(proposalId), support.get(), &ok(Reason::new(&reason.get())))
        }

        /// Counts a vote that `voter` signed, whoever brings it.
        #[ink(message, name = "castVoteBySig")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn cast_vote_by_sig(
            &mut self,
            proposalId: Arg<Uint256, 0>,
            support: Arg<u8, 1>,
            voter: Arg<Account, 2>,
            signature: Arg<Bytes, 3>,
        ) -> U256 {
            let (support, voter, signature) = (support.get(), voter.get(), signature.get());
            let power = rules::cast_by_sig(self, host::now(), id(proposalId), support, voter, &signature);
            host::answer(ok(power))
        }

        /// Counts signed votes, packed as voter 20 bytes, support 1, length of the signature 1, signature. A bad one is
        /// skipped. Returns how many were counted.
        #[ink(message, name = "castVotesBySig")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn cast_votes_by_sig(&mut self, proposalId: Arg<Uint256, 0>, ballots: Arg<Bytes, 1>) -> u32 {
            host::answer(ok(rules::cast_many(self, host::now(), id(proposalId), &ballots.get())))
        }

        /// Gives the caller's votes, now and later, to `delegatee`.
        #[ink(message)]
        pub fn delegate(&mut self, delegatee: Arg<Account, 0>) {
            host::done(rules::delegate(self, host::now(), host::caller(), delegatee.get()))
        }

        /// ERC-5805: gives the votes of whoever signed this. Unlike OpenZeppelin's, only if the account is known here.
        #[ink(message, name = "delegateBySig")]
        pub fn delegate_by_sig(
            &mut self,
            delegatee: Arg<Account, 0>,
            nonce: Arg<Uint256, 1>,
            expiry: Arg<Uint256, 2>,
            v: Arg<u8, 3>,
            r: Arg<Hash32, 4>,
            s: Arg<Hash32, 5>,
        ) {
            let mut signature = [v.get(); Signature::SIZE];
            signature[..32].copy_from_slice(&r.get());
            signature[32..64].copy_from_slice(&s.get());
            let delegation = Delegation { delegatee: delegatee.get(), nonce: nonce.get(), expiry: expiry.get() };
            host::done(rules::delegate_by_sig(self, host::now(), &delegation, &signature))
        }

        /// The same for a named delegator, whose signature is of an Ethereum key or of a Substrate key.
        #[ink(message, name = "delegateFor")]
        pub fn delegate_for(
            &mut self,
            delegator: Arg<Account, 0>,
            delegatee: Arg<Account, 1>,
            nonce: Arg<Uint256, 2>,
            expiry: Arg<Uint256, 3>,
            signature: Arg<Bytes, 4>,
        ) {
            let delegation = Delegation { delegatee: delegatee.get(), nonce: nonce.get(), expiry: expiry.get() };
            host::done(rules::delegate_for(self, host::now(), delegator.get(), &delegation, &signature.get()))
        }

        /// Refused: votes are not for sale apart from the data.
        #[ink(message)]
        #[allow(unused_variables, reason = "refused whatever they are")]
        pub fn transfer(&mut self, to: Arg<Account, 0>, value: Arg<Uint256, 1>) -> bool {
            host::refuse(Error::NotTransferable)
        }

        /// Refused, as `transfer` is.
        #[ink(message, name = "transferFrom")]
        #[allow(unused_variables, reason = "refused whatever they are")]
        pub fn transfer_from(&mut self, from: Arg<Account, 0>, to: Arg<Account, 1>, value: Arg<Uint256, 2>) -> bool {
            host::refuse(Error::NotTransferable)
        }

        /// Refused, as `transfer` is.
        #[ink(message)]
        #[allow(unused_variables, reason = "refused whatever they are")]
        pub fn approve(&mut self, spender: Arg<Account, 0>, value: Arg<Uint256, 1>) -> bool {
            host::refuse(Error::NotTransferable)
        }

        /// ERC-20.
        #[ink(message)]
        pub fn name(&self) -> String {
            host::answer_text(Contract::Votes.domain())
        }

        /// ERC-20.
        #[ink(message)]
        pub fn symbol(&self) -> String {
            host::answer_text("CHORUS")
        }

        /// Zero: a point is not divided.
        #[ink(message)]
        pub fn decimals(&self) -> u8 {
            host::answer(0u8)
        }

        /// Weight of the whole pool.
        #[ink(message, name = "totalSupply")]
        pub fn total_supply(&self) -> U256 {
            host::answer(self.total(Total::Supply).value())
        }

        /// Weight of an account.
        #[ink(message, name = "balanceOf")]
        pub fn balance_of(&self, account: Arg<Account, 0>) -> U256 {
            host::answer(self.of(account).balance)
        }

        /// Always zero: nobody can be allowed anything.
        #[ink(message)]
        #[allow(unused_variables, reason = "the same for everybody")]
        pub fn allowance(&self, owner: Arg<Account, 0>, spender: Arg<Account, 1>) -> U256 {
            host::answer(0u64)
        }

        /// The account that votes with this one's weight; 0x0 is nobody.
        #[ink(message)]
        pub fn delegates(&self, account: Arg<Account, 0>) -> Address {
            host::answer(self.of(account).delegate)
        }

        /// The votes of an account now: its own and those delegated to it.
        #[ink(message, name = "getVotes")]
        pub fn get_votes(&self, account: Arg<Account, 0>) -> U256 {
            host::answer(self.of(account).votes.value())
        }

        /// Votes of an account at a second that is over.
        #[ink(message, name = "getPastVotes")]
        pub fn get_past_votes(&self, account: Arg<Account, 0>, timepoint: Arg<Uint256, 1>) -> U256 {
            host::answer(ok(rules::past_votes(self, host::now(), account.get(), time(timepoint))))
        }

        /// The supply at a second that is over.
        #[ink(message, name = "getPastTotalSupply")]
        pub fn get_past_total_supply(&self, timepoint: Arg<Uint256, 0>) -> U256 {
            host::answer(ok(rules::past_supply(self, host::now(), time(timepoint))))
        }

        /// Signatures of an account used so far.
        #[ink(message)]
        pub fn nonces(&self, account: Arg<Account, 0>) -> U256 {
            host::answer(self.of(account).nonce)
        }

        /// ERC-6372: unix seconds.
        #[ink(message)]
        pub fn clock(&self) -> u64 {
            host::answer(host::now())
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
        pub fn supports_interface(&self, interfaceId: Arg<Selector, 0>) -> bool {
            host::answer(compat::supports_interface(interfaceId.get().0))
        }

        /// Votes are taken from the second a ballot is opened in.
        #[ink(message, name = "votingDelay")]
        pub fn voting_delay(&self) -> U256 {
            host::answer(0u64)
        }

        /// How long ballots opened from now on take votes, in seconds.
        #[ink(message, name = "votingPeriod")]
        pub fn voting_period(&self) -> U256 {
            host::answer(self.root().voting.voting_period_s)
        }

        /// The votes that whoever proposes settings now must have had one second ago.
        #[ink(message, name = "proposalThreshold")]
        pub fn proposal_threshold(&self) -> U256 {
            host::answer(ok(rules::proposal_threshold(self, host::now())))
        }

        /// The votes that for and abstain must reach, by supply and settings of a second that is over.
        #[ink(message)]
        pub fn quorum(&self, timepoint: Arg<Uint256, 0>) -> U256 {
            host::answer(ok(rules::quorum_at(self, host::now(), time(timepoint))))
        }

        /// Whether an account voted in a ballot.
        #[ink(message, name = "hasVoted")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn has_voted(&self, proposalId: Arg<Uint256, 0>, account: Arg<Account, 1>) -> bool {
            host::answer(ok(rules::has_voted(self, id(proposalId), account.get())))
        }

        /// Votes against, for, and abstaining.
        #[ink(message, name = "proposalVotes")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn proposal_votes(&self, proposalId: Arg<Uint256, 0>) -> (U256, U256, U256) {
            host::answer_words(self.known_ballot(proposalId).tally.sides().map(|side| side.word()))
        }

        /// The second whose votes count.
        #[ink(message, name = "proposalSnapshot")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn proposal_snapshot(&self, proposalId: Arg<Uint256, 0>) -> U256 {
            host::answer(self.known_ballot(proposalId).snapshot)
        }

        /// The last second in which votes are taken.
        #[ink(message, name = "proposalDeadline")]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn proposal_deadline(&self, proposalId: Arg<Uint256, 0>) -> U256 {
            host::answer(self.known_ballot(proposalId).deadline)
        }

        /// OpenZeppelin's `ProposalState`: 1 active, 3 defeated, 4 succeeded.
        #[ink(message)]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn state(&self, proposalId: Arg<Uint256, 0>) -> u8 {
            host::answer(ok(rules::state(self, host::now(), id(proposalId))).code())
        }

        /// Whether a ballot passed; an error as long as it takes votes.
        #[ink(message)]
        #[allow(non_snake_case, reason = "the ABI's name")]
        pub fn outcome(&self, proposalId: Arg<Uint256, 0>) -> bool {
            host::answer(ok(rules::outcome(self, host::now(), id(proposalId))))
        }

        /// The EIP-712 domain separator on this chain.
        #[ink(message, name = "DOMAIN_SEPARATOR")]
        pub fn domain_separator(&self) -> FixedBytes<32> {
            host::answer(self.domain(self.root().salt).separator::<Self>())
        }

        /// ERC-5267.
        #[ink(message, name = "eip712Domain")]
        #[allow(clippy::type_complexity, reason = "the ERC's")]
        pub fn eip712_domain(&self) -> (FixedBytes<1>, String, String, U256, Address, FixedBytes<32>, Vec<U256>) {
            host::end(&self.domain(self.root().salt).erc5267())
        }

        fn cast(&mut self, id: BallotId, support: u8, reason: &Reason) -> ! {
            host::answer(ok(rules::cast(self, host::now(), host::caller(), id, support, reason)))
        }

        fn of(&self, account: Arg<Account, 0>) -> rules::Account {
            self.account(account.get())
        }

        fn known_ballot(&self, proposal: Arg<Uint256, 0>) -> rules::Ballot {
            let id = id(proposal);
            ok(rules::ballot(self, id).ok_or(Error::NoSuchBallot { id }))
        }
    }

    fn answer_times(ballot: &rules::Ballot) -> ! {
        host::answer_words([ballot.snapshot.word(), ballot.deadline.word()])
    }

    fn id(proposal: Arg<Uint256, 0>) -> BallotId {
        proposal.get().into()
    }

    fn time<const WORD: u32>(timepoint: Arg<Uint256, WORD>) -> Time {
        rules::timepoint(timepoint.get())
    }
}
