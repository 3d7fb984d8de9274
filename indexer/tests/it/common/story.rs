//! The events that the contracts would emit in a pool's life, with the same sums.

mod sales;

use chorus_bindings::{
    Address, B256, Contract, SolEvent, U256, attestations,
    core::names::{CreditReason, Seal, Support},
    escrow, votes,
};
use chorus_indexer::chain::{Block, Emitted};
use sha2::{Digest, Sha256};

use super::deployment;

/// Native money.
pub const NATIVE: Address = Address::ZERO;
/// The treasury's name in `escrow`.
pub const TREASURY: Address = Address::ZERO;
/// Seconds of each period, so that deadlines are easy to pass.
pub const PERIOD_S: u64 = 100;
/// First block's clock.
pub const START_S: u64 = 1_800_000_000;
/// Parts in ten thousand.
pub const FEE_BPS: u16 = 500;
/// Parts in ten thousand.
pub const TIP_BPS: u16 = 100;
/// Wei.
pub const LISTING_FEE: u128 = 77;

/// Blocks as the chain would give them.
#[derive(Default)]
pub struct Story {
    /// Finished blocks, the first is number 1.
    pub blocks: Vec<Block>,
    /// Members with their weight, in order of their numbers.
    pub members: Vec<(Address, u32)>,
    emitted: Vec<Emitted>,
    time_s: u64,
    balance: u128,
    credits: std::collections::BTreeMap<Address, u128>,
    sales: u32,
    /// What the last ruling gave back, until the offer is split.
    returned: u128,
}

/// An offer of the story.
#[derive(Clone, Debug)]
pub struct Sale {
    /// Its id.
    pub offer: B256,
    /// Its sale.
    pub sale: u32,
    /// Its price.
    pub price: u128,
    /// The first of its two events' second.
    pub made_s: u64,
    /// Who is in it, with number and weight.
    pub inside: Vec<(Address, u32, u32)>,
}

/// A recognisable address.
pub fn person(number: u32) -> Address {
    Address::from_slice(&Sha256::digest(number.to_be_bytes())[..20])
}

/// The buyer of every offer.
pub fn buyer() -> Address {
    Address::repeat_byte(0xb0)
}

/// The keeper of every batch.
pub fn keeper() -> Address {
    Address::repeat_byte(0xc0)
}

impl Story {
    /// A pool with its contracts made and these members, each with a weight.
    pub fn new(weights: &[u32]) -> Self {
        let mut story = Self { time_s: START_S, ..Self::default() };
        story.deploy();
        for weight in weights {
            story.attest(*weight);
        }
        story.block();
        story
    }

    /// A pool of five, a sale paid with everything that can happen in it, one defeated and one ruled on.
    pub fn full() -> Self {
        let mut story = Self::new(&[100, 250, 40, 7, 603]);
        let mut sale = story.offer(1_000_003);
        story.vote(&sale, &[(0, Support::For), (1, Support::For), (2, Support::Against), (4, Support::Abstain)]);
        story.leave(&mut sale, 2);
        story.seal(&sale, Seal::Sealed);
        story.deliver(&sale);
        story.accept(&sale);
        story.donate(5);
        story.distribute(&sale, &[3]);
        story.withdraw_credit(keeper());
        let defeated = story.offer(500);
        story.vote(&defeated, &[(4, Support::Against)]);
        story.seal(&defeated, Seal::Defeated);
        story.refund(&defeated);
        story.withdraw_credit(buyer());
        let ruled = story.offer(999_999_999_999_999_999_999);
        story.vote(&ruled, &[(4, Support::For)]);
        story.seal(&ruled, Seal::Sealed);
        story.deliver(&ruled);
        story.dispute(&ruled);
        story.rule(&ruled, 3_333);
        story.distribute(&ruled, &[]);
        story.withdraw_member(0);
        story.block();
        story
    }

    /// Ends the block; the clock moves.
    pub fn block(&mut self) {
        let number = self.blocks.len() as u64 + 1;
        let parent_hash = self.blocks.last().map_or(deployment().genesis_hash, |block| block.hash);
        let emitted = std::mem::take(&mut self.emitted);
        let mut hashed = Sha256::new();
        hashed.update(parent_hash);
        hashed.update(number.to_be_bytes());
        for event in &emitted {
            hashed.update(&event.data);
        }
        self.blocks.push(Block {
            number,
            hash: B256::from_slice(&hashed.finalize()),
            parent_hash,
            time_ms: self.time_s * 1_000 + 250,
            event_count: emitted.len() as u32 + 2,
            emitted,
            escrow_balance_wei: U256::from(self.balance),
        });
        self.time_s += 1;
    }

    /// Lets time pass, with an empty block at its end.
    pub fn wait(&mut self, seconds: u64) {
        self.time_s += seconds;
        self.block();
    }

    /// The clock of the block being made.
    pub fn now_s(&self) -> u64 {
        self.time_s
    }

    /// One of ours emits.
    pub fn emit(&mut self, contract: Contract, event: &impl SolEvent) {
        let log = event.encode_log_data();
        self.emitted.push(Emitted {
            // The first event of a block is the timestamp's.
            event_index: self.emitted.len() as u32 + 1,
            extrinsic_index: Some(1),
            contract: deployment().address_of(contract),
            topics: log.topics().to_vec(),
            data: log.data.to_vec(),
        });
    }

    fn deploy(&mut self) {
        let (deployment, guardian) = (deployment(), Address::repeat_byte(0x60));
        let (max_pause_s, min_unpaused_s) = (604_800, 2_592_000);
        let at = deployment.clone();
        self.emit(
            Contract::Attestations,
            &attestations::AttestationsDeployed {
                votes: at.votes,
                escrow: at.escrow,
                guardian,
                threshold: 1,
                daily_weight_cap: 1_000_000,
                purposes: 2,
                purposes_hash: B256::repeat_byte(1),
                salt: B256::repeat_byte(2),
                max_pause_s,
                min_unpaused_s,
            },
        );
        self.emit(Contract::Attestations, &attestations::AttesterAdded { attester: Address::repeat_byte(0x61) });
        self.emit(
            Contract::Votes,
            &votes::VotesDeployed {
                attestations: at.attestations,
                escrow: at.escrow,
                voting_period_s: PERIOD_S,
                quorum_bps: 1_000,
                quorum_min: 1,
                approval_bps: 5_000,
                proposal_threshold_bps: 100,
                salt: B256::repeat_byte(3),
            },
        );
        self.emit(
            Contract::Escrow,
            &escrow::EscrowDeployed {
                attestations: at.attestations,
                votes: at.votes,
                guardian,
                salt: B256::repeat_byte(4),
                max_pause_s,
                min_unpaused_s,
            },
        );
        self.emit(Contract::Escrow, &escrow::CustodianAdded { custodian: Address::repeat_byte(0x62) });
        self.emit(Contract::Escrow, &escrow::ArbiterAdded { arbiter: Address::repeat_byte(0x63) });
        self.emit(Contract::Escrow, &escrow::CurrencyAllowed { currency: NATIVE, base_amount: 0 });
    }

    /// Somebody joins with this weight.
    pub fn attest(&mut self, weight: u32) {
        let number = self.members.len() as u32 + 1;
        let member = person(number);
        self.emit(
            Contract::Attestations,
            &attestations::Attested {
                member,
                number,
                commitment: B256::from_slice(&Sha256::digest([1, number as u8])),
                nullifier: B256::from_slice(&Sha256::digest([2, number as u8])),
                weight,
                previous_weight: 0,
                purposes: 0b01,
                rule_version: 1,
                route: 0,
                nonce: 1,
            },
        );
        self.emit(Contract::Votes, &votes::Transfer { from: Address::ZERO, to: member, value: U256::from(weight) });
        let (delegator, none) = (member, Address::ZERO);
        self.emit(Contract::Votes, &votes::DelegateChanged { delegator, fromDelegate: none, toDelegate: member });
        self.power(member, 0, weight);
        self.members.push((member, weight));
    }

    fn power(&mut self, delegate: Address, before: u32, after: u32) {
        let (previous, new) = (U256::from(before), U256::from(after));
        self.emit(Contract::Votes, &votes::DelegateVotesChanged { delegate, previousVotes: previous, newVotes: new });
    }

    /// The member at this place takes everything back.
    pub fn withdraw_member(&mut self, place: usize) {
        let (member, weight) = self.members[place];
        let number = place as u32 + 1;
        let nullifier = B256::from_slice(&Sha256::digest([2, number as u8]));
        self.emit(
            Contract::Attestations,
            &attestations::Withdrawn { member, number, weight, purposes: 0b01, nullifier, nonce: 3 },
        );
        self.emit(Contract::Votes, &votes::Transfer { from: member, to: Address::ZERO, value: U256::from(weight) });
        self.power(member, weight, 0);
        self.members[place].1 = 0;
        self.block();
    }

    fn total(&self) -> u64 {
        self.members.iter().map(|(_, weight)| u64::from(*weight)).sum()
    }

    /// The DAO takes the contribution of the member at this place out as a fraud.
    pub fn revoke_member(&mut self, place: usize) {
        let (member, weight) = self.members[place];
        let number = place as u32 + 1;
        let nullifier = B256::from_slice(&Sha256::digest([2, number as u8]));
        let revoked = attestations::Revoked { member, number, weight, purposes: 0b01, nullifier, nonce: 3 };
        self.emit(Contract::Attestations, &revoked);
        self.emit(Contract::Votes, &votes::Transfer { from: member, to: Address::ZERO, value: U256::from(weight) });
        self.power(member, weight, 0);
        self.members[place].1 = 0;
        self.block();
    }

    /// A proposal of one call, in a block of its own, on which members at these places vote in the next block.
    /// Returns its id.
    pub fn propose(&mut self, target: Contract, call: Vec<u8>, cast: &[(usize, Support)]) -> B256 {
        let proposal = B256::from_slice(&Sha256::digest(&call));
        let (made_s, supply, target) = (self.time_s, U256::from(self.total()), deployment().address_of(target));
        let voting_ends = made_s + PERIOD_S;
        self.emit(
            Contract::Votes,
            &votes::BallotOpened {
                proposalId: U256::from_be_bytes(proposal.0),
                snapshot: made_s - 1,
                deadline: voting_ends,
                supply,
                quorum: U256::from(1),
                approval_bps: 5_000,
            },
        );
        self.emit(
            Contract::Escrow,
            &escrow::Proposed {
                proposal,
                proposer: person(1),
                description_hash: B256::repeat_byte(0xe),
                voting_ends,
                executable_from: voting_ends + PERIOD_S / 2,
                executable_until: voting_ends + 2 * PERIOD_S,
                count: 1,
            },
        );
        self.emit(Contract::Escrow, &escrow::ProposedCall { proposal, index: 0, target, call: call.into() });
        self.block();
        self.cast(proposal, cast);
        proposal
    }

    /// Somebody executes a proposal.
    pub fn execute(&mut self, proposal: B256) {
        self.emit(Contract::Escrow, &escrow::ProposalExecuted { proposal, caller: keeper() });
        self.block();
    }

    /// The DAO pays from its treasury.
    pub fn spend_treasury(&mut self, to: Address, amount: u128) {
        let treasury = self.credits.get_mut(&TREASURY).expect("something to spend");
        *treasury -= amount;
        let balance = *treasury;
        self.emit(Contract::Escrow, &escrow::TreasurySpent { currency: NATIVE, to, amount, balance });
        self.credit(to, CreditReason::TreasuryPayment, amount, B256::repeat_byte(0xe));
        self.block();
    }

    fn cast(&mut self, ballot: B256, cast: &[(usize, Support)]) {
        let proposal = U256::from_be_bytes(ballot.0);
        let mut tally = [0u64; 3];
        for (place, support) in cast {
            let (voter, weight) = self.members[*place];
            let support = support.code();
            tally[usize::from(support)] += u64::from(weight);
            let weight = U256::from(weight);
            let reason = "for; ' OR 1=1 --".to_owned();
            self.emit(Contract::Votes, &votes::VoteCast { voter, proposalId: proposal, support, weight, reason });
            let [against_votes, for_votes, abstain_votes] = tally.map(U256::from);
            self.emit(
                Contract::Votes,
                &votes::TallyChanged { proposalId: proposal, against_votes, for_votes, abstain_votes },
            );
        }
        self.block();
    }

    /// Somebody sends money that nobody asked for; no event of ours tells.
    pub fn donate(&mut self, amount: u128) {
        self.balance += amount;
        self.block();
    }

    /// Somebody takes their credit.
    pub fn withdraw_credit(&mut self, owner: Address) {
        let amount = self.credits.remove(&owner).unwrap_or(0);
        self.balance -= amount;
        self.emit(Contract::Escrow, &escrow::CreditWithdrawn { currency: NATIVE, owner, to: owner, amount });
        self.block();
    }

    fn credit(&mut self, owner: Address, reason: CreditReason, amount: u128, offer: B256) {
        let credit = self.credits.entry(owner).or_default();
        *credit += amount;
        let (balance, reason) = (*credit, reason.code());
        self.emit(Contract::Escrow, &escrow::Credited { currency: NATIVE, owner, reason, amount, balance, offer });
    }
}

impl Sale {
    /// W as of now.
    pub fn weight(&self) -> u64 {
        self.inside.iter().map(|(_, _, weight)| u64::from(*weight)).sum()
    }
}
