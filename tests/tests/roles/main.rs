//! The table of who may call what in `contracts/README.md`, held against every message of the bytecode.

mod arguments;
mod calls;
mod table;

use std::collections::BTreeSet;

use chorus_bindings::{
    Address, Contract, attestations,
    escrow::{self, EscrowErrors as Error},
};
use chorus_tests::bytecode::{ARBITER, BUYER, CUSTODIAN, DEPLOYER, GUARDIAN, KEEPER, Pool, Refusal, STRANGER, member};

use crate::{
    calls::{Message, Walk},
    table::{Row, messages_of_the_abi, table},
};

/// Who may send a message.
enum Senders {
    Nobody,
    Only(Address),
    /// More than one account, or one that no office names.
    Several,
}

/// Who may send a message, by the words of the table up to the first comma.
fn senders(who: &str, pool: &Pool) -> Senders {
    match who.split(',').next().unwrap() {
        "`escrow`" => Senders::Only(pool.address(Contract::Escrow)),
        "`attestations`" => Senders::Only(pool.address(Contract::Attestations)),
        "the guardian" => Senders::Only(GUARDIAN),
        "the offer's custodian" => Senders::Only(CUSTODIAN),
        "the buyer" => Senders::Only(BUYER),
        "the offer's arbiter" => Senders::Only(ARBITER),
        "nobody" | "nobody calls them: `execute` applies them" => Senders::Nobody,
        "anyone" | "anyone who pays" | "the member" | "the credit's owner" => Senders::Several,
        "whoever had votes" | "whoever had the votes that a proposal needs" => Senders::Several,
        other => panic!("the table has unknown words, {other}"),
    }
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
fn i19_f12_f17_every_message_is_for_whom_the_table_says() {
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
        match senders(who, pool) {
            Senders::Only(required) => {
                assert_eq!(*by, required, "{name}");
                assert_eq!(result, Ok(()), "{name} by {who}");
                for caller in cast.into_iter().filter(|caller| *caller != required) {
                    let expected = Error::Unauthorized(escrow::Unauthorized { caller, required });
                    assert_eq!(call(pool, caller), Err(Refusal::Error(expected)), "{name} by {caller}");
                }
            }
            Senders::Nobody => {
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
            Senders::Several => {
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
            // Settings that `execute` applies: what a pause does to `execute` is said in its own row.
            "as `execute`" => {
                assert!(before.is_err(), "{name}: {before:?}");
                assert_eq!(paused, before, "{name}");
            }
            "–" => assert_ne!(paused, before, "{name}: a pause cannot be made longer"),
            other => panic!("{name}: the table has an unknown word, {other}"),
        }
    }
}
