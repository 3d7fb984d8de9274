//! The table of who may call what in `contracts/README.md`, held against every message of the bytecode.

use std::collections::{BTreeMap, BTreeSet};

use chorus_bindings::{
    Act, Address, B256, Bytes, Contract, SolCall, SolStruct as _, SolValue as _, U256, attestations,
    batch::{self, Batch},
    escrow::{self, EscrowErrors as Error},
    settings::SETTINGS,
    signed::{self, digest},
    votes,
};
use chorus_core::settings::ProposalSettings;
use chorus_tests::bytecode::{
    ARBITER, BUYER, CUSTODIAN, DEPLOYER, GUARDIAN, KEEPER, Pool, Refusal, STRANGER, UNIT, address_of, attester,
    deliver_call, member, settings, sign,
};
use k256::ecdsa::SigningKey;

const CONTRACTS: [(Contract, &str, &str); 3] = [
    (Contract::Attestations, "attestations", include_str!("../../contracts/artifacts/attestations.abi")),
    (Contract::Votes, "votes", include_str!("../../contracts/artifacts/votes.abi")),
    (Contract::Escrow, "escrow", include_str!("../../contracts/artifacts/escrow.abi")),
];

/// A row of the table for one message: who may call it, and what a pause does to it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    who: String,
    pause: String,
}

type Table = BTreeMap<(Contract, String), Row>;

/// The table as it stands in `contracts/README.md`.
fn table() -> Table {
    let readme = include_str!("../../contracts/README.md");
    let section = readme.split("## Who may call what").nth(1).unwrap().split("\n## ").next().unwrap();
    let (mut table, mut contract) = (Table::new(), None);
    for line in section.lines().filter(|line| line.starts_with('|')).skip(2) {
        let columns: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [of, messages, who, pause] = columns[..] else { panic!("not a row of four columns: {line}") };
        if !of.is_empty() {
            contract = CONTRACTS.iter().find(|(_, name, _)| of == format!("`{name}`")).map(|(contract, ..)| *contract);
        }
        for message in messages.split('`').skip(1).step_by(2) {
            let row = Row { who: who.into(), pause: pause.into() };
            let before = table.insert((contract.unwrap(), message.into()), row);
            assert_eq!(before, None, "{message} stands in the table twice");
        }
    }
    table
}

/// Every message that changes something: those of the ABI, and the settings that `escrow` applies itself.
fn messages_of_the_abi() -> BTreeSet<(Contract, String)> {
    let mut messages = BTreeSet::new();
    for (contract, _, abi) in CONTRACTS {
        let items: Vec<serde_json::Value> = serde_json::from_str(abi).unwrap();
        for item in items.iter().filter(|item| item["type"] == "function") {
            if !matches!(item["stateMutability"].as_str(), Some("view" | "pure")) {
                messages.insert((contract, item["name"].as_str().unwrap().to_owned()));
            }
        }
    }
    let own = SETTINGS.iter().filter(|setting| setting.contract == Contract::Escrow);
    messages.extend(own.map(|setting| (Contract::Escrow, setting.name().to_owned())));
    messages
}

alloy_sol_types::sol! {
    /// What `escrow` applies itself. These are not messages, so nobody can call them.
    interface Own {
        function setOfferSettings(uint128, uint128, uint16, uint16, uint32, uint64, uint64, uint64, uint64) external;
        function setProposalSettings(uint64, uint64) external;
        function setGuardian(address) external;
        function addCustodian(address) external;
        function removeCustodian(address) external;
        function addArbiter(address) external;
        function removeArbiter(address) external;
        function allowCurrency(address, uint128) external;
        function disallowCurrency(address) external;
        function spendTreasury(address, uint128, address) external;
    }
}

/// What a call by somebody would come to, without making it.
type Rehearsal = Box<dyn Fn(&Pool, Address) -> Result<(), Refusal>>;

/// A message with arguments that are good in the walk's pool, and somebody who may call it.
struct Message {
    contract: Contract,
    name: String,
    by: Address,
    call: Rehearsal,
}

fn message<C: SolCall + 'static>(contract: Contract, by: Address, call: C) -> Message {
    let name = C::SIGNATURE.split('(').next().unwrap().to_owned();
    let call = move |pool: &Pool, from: Address| pool.try_call(from, contract, &call).result.map(drop);
    Message { contract, name, by, call: Box::new(call) }
}

/// A pool in which somebody can call every message with success.
struct Walk {
    pool: Pool,
    price: u128,
}

/// The key of a member who signs.
fn signer(number: u8) -> SigningKey {
    attester(100 + number)
}

impl Walk {
    fn new() -> Self {
        let mut with = settings();
        with.proposals = ProposalSettings { timelock_s: 10, grace_s: 100_000 };
        let mut pool = Pool::new(&with);
        pool.join(&[100, 100, 100]);
        for number in 1..=2 {
            let who = address_of(&signer(number));
            pool.endow(who, 1_000_000_000_000_000_000);
            pool.contribute(who, 100, 1).ok();
        }
        pool.now += 1;
        Self { pool, price: UNIT }
    }

    fn offer(&mut self) -> B256 {
        // Another price makes another offer.
        self.price += UNIT;
        let terms = escrow::offerCall { delivery_s: 1_000, dispute_s: 1_000, ..self.pool.terms(self.price) };
        let value = self.price + self.pool.listing_fee();
        self.pool.pay(BUYER, Contract::Escrow, value, &terms).ok()
    }

    fn signature<A: Act>(&self, key: &SigningKey, act: &A) -> Bytes {
        sign(key, digest(self.separator(A::CONTRACT), act.eip712_hash_struct())).to_vec().into()
    }

    fn separator(&self, contract: Contract) -> B256 {
        match contract {
            Contract::Attestations => self.pool.view(contract, &attestations::DOMAIN_SEPARATORCall {}),
            Contract::Votes => self.pool.view(contract, &votes::DOMAIN_SEPARATORCall {}),
            Contract::Escrow => self.pool.view(contract, &escrow::DOMAIN_SEPARATORCall {}),
        }
    }

    /// Leads offers and a proposal to the point where each message is due, and returns all messages.
    fn messages(&mut self) -> Vec<Message> {
        let escrow = self.pool.address(Contract::Escrow);
        // Whoever joins by their own call pays a deposit for their cells.
        self.pool.endow(address_of(&signer(3)), 1_000_000_000_000_000_000);
        let [settling, delivered, disputed, sealed, unsealed, defeated] = [(); 6].map(|()| self.offer());
        let add = Own::addCustodianCall(STRANGER).abi_encode();
        let (targets, calls) = (vec![escrow], vec![Bytes::from(add)]);
        let description = "another custodian".to_owned();
        let propose =
            escrow::proposeCall { targets: targets.clone(), calls: calls.clone(), description: description.clone() };
        let proposal = self.pool.call(member(1), Contract::Escrow, &propose).ok();
        for ballot in [settling, delivered, disputed, sealed, unsealed, proposal] {
            self.pool.vote(member(1), ballot, 1).ok();
        }
        self.pool.now += 151;
        for offer in [settling, delivered, disputed, sealed, defeated] {
            self.pool.call(KEEPER, Contract::Escrow, &escrow::sealCall { offer }).ok();
        }
        for offer in [settling, delivered, disputed] {
            self.pool.call(CUSTODIAN, Contract::Escrow, &deliver_call(offer)).ok();
        }
        self.pool.call(BUYER, Contract::Escrow, &escrow::acceptCall { offer: settling }).ok();
        let dispute = |offer| escrow::disputeCall { offer, reason_hash: B256::ZERO };
        self.pool.call(BUYER, Contract::Escrow, &dispute(disputed)).ok();
        // Tips: two accounts settle a member each and are credited.
        let distribute = |from| escrow::distributeCall { offer: settling, from, count: 1 };
        self.pool.call(KEEPER, Contract::Escrow, &distribute(1)).ok();
        self.pool.call(address_of(&signer(2)), Contract::Escrow, &distribute(3)).ok();
        let open = self.offer();
        self.pool.now += 1;

        let mut messages = self.of_attestations();
        messages.extend(self.of_votes(open));
        messages.extend(self.of_escrow(settling, delivered, disputed, sealed, unsealed, defeated));
        let description_hash = B256::from(sha3(description.as_bytes()));
        let other = "once more".to_owned();
        let again = escrow::proposeCall { targets: targets.clone(), calls: calls.clone(), description: other };
        messages.push(message(Contract::Escrow, member(1), again));
        let execute = escrow::executeCall { targets, calls, description_hash };
        messages.push(message(Contract::Escrow, STRANGER, execute));
        messages
    }

    fn of_attestations(&self) -> Vec<Message> {
        let (pool, here) = (&self.pool, Contract::Attestations);
        let escrow = pool.address(Contract::Escrow);
        let (deadline, sale) = (pool.now + 1_000, 7);
        let newcomer = signer(3);
        let attestation = pool.attestation(address_of(&newcomer), 100);
        let attest = pool.attested(&attestation, 1);
        let contribution = signed::Contribution {
            member: attestation.member,
            nonce: 0,
            commitment: attest.commitment,
            nullifier: attest.nullifier,
            weight: attest.weight,
            rule_version: attest.rule_version,
            route: attest.route,
            purposes: attest.purposes,
            deadline: attest.deadline,
        };
        let member_signature = self.signature(&newcomer, &contribution);
        let mut packed = Batch::default();
        assert!(packed.push_contribution(&batch::Contribution {
            member: attestation.member,
            commitment: attest.commitment,
            nullifier: attest.nullifier,
            weight: attest.weight,
            rule_version: attest.rule_version,
            route: attest.route,
            purposes: attest.purposes,
            deadline: attest.deadline,
            signatures: &attest.signatures,
            member_signature: &member_signature,
        }));
        let attest_for = attestations::attestForCall {
            member: attestation.member,
            commitment: attest.commitment,
            nullifier: attest.nullifier,
            weight: attest.weight,
            rule_version: attest.rule_version,
            route: attest.route,
            purposes: attest.purposes,
            deadline: attest.deadline,
            signatures: attest.signatures.clone(),
            member_signature,
        };
        let (key, who, purposes) = (signer(1), address_of(&signer(1)), 2);
        let nonce = pool.view(here, &attestations::noncesCall { member: who }).to();
        let set_purposes = self.signature(&key, &signed::SetPurposes { member: who, nonce, purposes, deadline });
        let withdraw = self.signature(&key, &signed::Withdraw { member: who, nonce, deadline });
        let leave = self.signature(&key, &signed::Leave { member: who, nonce, sale, deadline });
        let nullifier = pool.view(here, &attestations::memberOfCall { member: who }).nullifier;
        let revocation = signed::Revocation { member: who, nullifier, deadline };
        let revocation = digest(self.separator(here), revocation.eip712_hash_struct());
        let signatures = [1, 2].map(|number| sign(&attester(number), revocation)).concat().into();
        let attesters = vec![address_of(&attester(1)), address_of(&attester(9))];
        vec![
            message(here, attestation.member, attest),
            message(here, STRANGER, attest_for),
            message(here, STRANGER, attestations::attestManyCall { contributions: packed.into_bytes().into() }),
            message(here, member(2), attestations::setPurposesCall { purposes }),
            message(
                here,
                STRANGER,
                attestations::setPurposesForCall { member: who, purposes, deadline, signature: set_purposes },
            ),
            message(here, member(2), attestations::withdrawCall {}),
            message(here, STRANGER, attestations::withdrawForCall { member: who, deadline, signature: withdraw }),
            message(here, member(2), attestations::leaveCall { sale }),
            message(here, STRANGER, attestations::leaveForCall { member: who, sale, deadline, signature: leave }),
            message(here, escrow, attestations::openSaleCall { purpose: 0, window_ends: deadline }),
            message(here, escrow, attestations::revokeCall { member: who, deadline, signatures }),
            message(here, escrow, attestations::setAttestersCall { attesters, threshold: 1 }),
            message(here, escrow, attestations::setDailyWeightCapCall { cap: 5_000_000 }),
            message(here, escrow, attestations::setGuardianCall { guardian: STRANGER }),
            message(here, GUARDIAN, attestations::pauseCall { until: deadline }),
        ]
    }

    fn of_votes(&self, open: B256) -> Vec<Message> {
        let (pool, here) = (&self.pool, Contract::Votes);
        let (attestations, escrow) = (pool.address(Contract::Attestations), pool.address(Contract::Escrow));
        let (key, who) = (signer(1), address_of(&signer(1)));
        let (proposal, nonce, expiry) = (U256::from_be_bytes(open.0), U256::ZERO, U256::from(pool.now + 1_000));
        let ballot = signed::Ballot { proposalId: proposal, support: 1, voter: who, nonce };
        let ballot = self.signature(&key, &ballot);
        let mut packed = Batch::default();
        assert!(packed.push_ballot(who, 1, &ballot));
        let delegation = signed::Delegation { delegatee: member(3), nonce, expiry };
        let delegation = self.signature(&key, &delegation);
        let (r, s, v) = (B256::from_slice(&delegation[..32]), B256::from_slice(&delegation[32..64]), delegation[64]);
        let mut change = member(1).to_vec();
        change.extend(100u32.to_be_bytes());
        let (other, third) = (U256::from(77), U256::from(78));
        let proposer = member(1);
        let reason = "it pays".to_owned();
        let with = settings();
        let set_voting = votes::setVotingCall {
            voting_period_s: 200,
            quorum_bps: with.voting.quorum_bps,
            quorum_min: 2,
            approval_bps: with.voting.approval_bps,
            proposal_threshold_bps: 200,
        };
        let (to, value) = (STRANGER, U256::from(1));
        vec![
            message(here, attestations, votes::mirrorCall { changes: change.into() }),
            message(here, escrow, votes::openBallotCall { proposalId: other, proposer }),
            message(here, escrow, votes::openProposalCall { proposalId: third, proposer }),
            message(here, escrow, set_voting),
            message(here, member(2), votes::castVoteCall { proposalId: proposal, support: 1 }),
            message(here, member(2), votes::castVoteWithReasonCall { proposalId: proposal, support: 0, reason }),
            message(
                here,
                STRANGER,
                votes::castVoteBySigCall { proposalId: proposal, support: 1, voter: who, signature: ballot },
            ),
            message(
                here,
                STRANGER,
                votes::castVotesBySigCall { proposalId: proposal, ballots: packed.into_bytes().into() },
            ),
            message(here, member(2), votes::delegateCall { delegatee: member(3) }),
            message(here, STRANGER, votes::delegateBySigCall { delegatee: member(3), nonce, expiry, v, r, s }),
            message(
                here,
                STRANGER,
                votes::delegateForCall { delegator: who, delegatee: member(3), nonce, expiry, signature: delegation },
            ),
            message(here, member(1), votes::transferCall { to, value }),
            message(here, member(1), votes::transferFromCall { from: member(1), to, value }),
            message(here, member(1), votes::approveCall { spender: to, value }),
        ]
    }

    fn of_escrow(
        &self,
        settling: B256,
        delivered: B256,
        disputed: B256,
        sealed: B256,
        unsealed: B256,
        defeated: B256,
    ) -> Vec<Message> {
        let (pool, here, deadline) = (&self.pool, Contract::Escrow, self.pool.now + 1_000);
        let (claimer, creditor) = (signer(1), signer(2));
        let (who, owner, native, to) = (address_of(&claimer), address_of(&creditor), Address::ZERO, member(1));
        let claim = signed::Claim { member: who, nonce: 0, offer: settling, to, deadline };
        let claim = self.signature(&claimer, &claim);
        let withdrawal = signed::WithdrawCredit { owner, nonce: 0, currency: native, to, deadline };
        let withdrawal = self.signature(&creditor, &withdrawal);
        let terms = pool.terms(UNIT);
        let words = (
            (terms.currency, terms.price, U256::from(terms.purpose), terms.fields_hash, terms.licence_hash),
            (U256::from(terms.min_members), terms.min_weight, terms.custodian, terms.arbiter),
            (terms.delivery_s, terms.dispute_s, terms.salt),
        );
        let permit = escrow::offerWithPermitCall {
            terms: words.abi_encode().into(),
            permit_deadline: U256::from(deadline),
            v: 27,
            r: B256::ZERO,
            s: B256::ZERO,
        };
        vec![
            message(here, BUYER, terms),
            message(here, BUYER, permit),
            message(here, STRANGER, escrow::sealCall { offer: unsealed }),
            message(here, STRANGER, escrow::refundCall { offer: defeated }),
            message(here, STRANGER, escrow::distributeCall { offer: settling, from: 1, count: 10 }),
            message(here, CUSTODIAN, deliver_call(sealed)),
            message(here, BUYER, escrow::acceptCall { offer: delivered }),
            message(here, BUYER, escrow::disputeCall { offer: delivered, reason_hash: B256::ZERO }),
            message(here, ARBITER, escrow::ruleCall { offer: disputed, returned_bps: 1 }),
            message(here, member(2), escrow::claimCall { offer: settling, to }),
            message(
                here,
                STRANGER,
                escrow::claimForCall { member: who, offer: settling, to, deadline, signature: claim },
            ),
            message(here, KEEPER, escrow::withdrawCreditCall { currency: native, to }),
            message(
                here,
                STRANGER,
                escrow::withdrawCreditForCall { owner, currency: native, to, deadline, signature: withdrawal },
            ),
            message(here, GUARDIAN, escrow::pauseCall { until: deadline }),
            message(
                here,
                STRANGER,
                Own::setOfferSettingsCall { _0: 0, _1: 0, _2: 0, _3: 0, _4: 1, _5: 1, _6: 1, _7: 1, _8: 1 },
            ),
            message(here, STRANGER, Own::setProposalSettingsCall { _0: 1, _1: 1 }),
            message(here, STRANGER, Own::setGuardianCall(STRANGER)),
            message(here, STRANGER, Own::addCustodianCall(STRANGER)),
            message(here, STRANGER, Own::removeCustodianCall(CUSTODIAN)),
            message(here, STRANGER, Own::addArbiterCall(STRANGER)),
            message(here, STRANGER, Own::removeArbiterCall(ARBITER)),
            message(here, STRANGER, Own::allowCurrencyCall { _0: STRANGER, _1: 0 }),
            message(here, STRANGER, Own::disallowCurrencyCall(native)),
            message(here, STRANGER, Own::spendTreasuryCall { _0: native, _1: 1, _2: STRANGER }),
        ]
    }
}

fn sha3(bytes: &[u8]) -> [u8; 32] {
    use chorus_core::hash::{Keccak as _, Software};
    Software::keccak(bytes)
}

/// The only account that may send a message, by the words of the table; `None` if there are several.
fn only(who: &str, pool: &Pool) -> Option<Address> {
    let only = [
        ("`escrow`", pool.address(Contract::Escrow)),
        ("`attestations`", pool.address(Contract::Attestations)),
        ("the guardian", GUARDIAN),
        ("the offer's custodian", CUSTODIAN),
        ("the buyer", BUYER),
        ("the offer's arbiter", ARBITER),
    ];
    only.into_iter().find(|(words, _)| who.starts_with(words)).map(|(_, address)| address)
}

fn is_unauthorized(result: &Result<(), Refusal>) -> bool {
    matches!(result, Err(Refusal::Error(Error::Unauthorized(_))))
}

#[test]
fn the_table_has_every_message_of_the_abi_and_no_other() {
    let table: BTreeSet<_> = table().into_keys().collect();
    assert_eq!(table, messages_of_the_abi());
}

#[test]
fn t54_every_message_is_for_whom_the_table_says() {
    let (table, mut walk) = (table(), Walk::new());
    let messages = walk.messages();
    let walked: BTreeSet<_> = messages.iter().map(|message| (message.contract, message.name.clone())).collect();
    assert_eq!(walked, table.keys().cloned().collect(), "the walk calls every message");
    let pool = &walk.pool;
    let cast = [
        DEPLOYER,
        GUARDIAN,
        BUYER,
        CUSTODIAN,
        ARBITER,
        KEEPER,
        STRANGER,
        member(1),
        pool.address(Contract::Attestations),
        pool.address(Contract::Votes),
        pool.address(Contract::Escrow),
    ];
    for Message { contract, name, by, call } in &messages {
        let Row { who, .. } = &table[&(*contract, name.clone())];
        let result = call(pool, *by);
        match only(who, pool) {
            Some(required) => {
                assert_eq!(*by, required, "{name}");
                assert_eq!(result, Ok(()), "{name} by {who}");
                for caller in cast.into_iter().filter(|caller| *caller != required) {
                    let expected = Error::Unauthorized(escrow::Unauthorized { caller, required });
                    assert_eq!(call(pool, caller), Err(Refusal::Error(expected)), "{name} by {caller}");
                }
            }
            None if who.starts_with("nobody") => {
                for caller in cast.into_iter().chain([*by]) {
                    let result = call(pool, caller);
                    match contract {
                        Contract::Votes => {
                            let expected = Error::NotTransferable(escrow::NotTransferable {});
                            assert_eq!(result, Err(Refusal::Error(expected)), "{name}");
                        }
                        _ => assert!(result.is_err(), "{name} by {caller}: {result:?}"),
                    }
                }
            }
            None => {
                // An offer needs money, which a rehearsal does not bring.
                assert!(result == Ok(()) || name.starts_with("offer"), "{name} by {who}: {result:?}");
                for caller in cast {
                    assert!(!is_unauthorized(&call(pool, caller)), "{name} by {caller}");
                }
            }
        }
    }
}

#[test]
fn t35_a_pause_does_to_every_message_what_the_table_says() {
    let (table, mut walk) = (table(), Walk::new());
    let messages = walk.messages();
    let before: Vec<_> = messages.iter().map(|message| (message.call)(&walk.pool, message.by)).collect();
    let until = walk.pool.now + 500;
    walk.pool.call(GUARDIAN, Contract::Attestations, &attestations::pauseCall { until }).ok();
    walk.pool.call(GUARDIAN, Contract::Escrow, &escrow::pauseCall { until }).ok();
    for (Message { contract, name, by, call }, before) in messages.iter().zip(before) {
        let paused = call(&walk.pool, *by);
        match table[&(*contract, name.clone())].pause.as_str() {
            "works" => assert_eq!(paused, before, "{name}"),
            "refused" => {
                let expected = Error::PausedUntil(escrow::PausedUntil { until });
                assert_eq!(paused, Err(Refusal::Error(expected)), "{name}");
            }
            "–" => assert_ne!(paused, before, "{name}: a pause cannot be made longer"),
            other => panic!("{name}: the table has an unknown word, {other}"),
        }
    }
}
