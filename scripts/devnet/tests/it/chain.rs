//! The chain without a server.

use std::time::{SystemTime, UNIX_EPOCH};

use chorus_devnet::{
    Chain, Error, Status, SubmitError,
    polkadot_sdk::{
        frame_support::weights::Weight,
        frame_system, pallet_balances, pallet_timestamp,
        pallet_transaction_payment::Event::TransactionFeePaid,
        sp_core::{Pair as _, sr25519},
        sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie},
        sp_runtime::transaction_validity::InvalidTransaction,
    },
    runtime::{AccountId, Runtime, RuntimeEvent, RuntimeOrigin, genesis_config_presets::ENDOWMENT},
};

use crate::common::{COUNTER, account, balance, call, deploy, dry_run, events, transfer};

/// EVM code that deploys an endless loop.
const LOOP: [u8; 15] = [0x60, 0x04, 0x80, 0x60, 0x0b, 0x60, 0x00, 0x39, 0x60, 0x00, 0xf3, 0x5b, 0x60, 0x00, 0x56];

fn chain() -> Chain {
    Chain::new(None).unwrap()
}

fn block_time_ms(chain: &Chain) -> u64 {
    chain.execute_at_best(pallet_timestamp::Now::<Runtime>::get).unwrap()
}

#[test]
fn development_accounts_are_rich() {
    let chain = chain();
    let free = |account: AccountId| {
        chain.execute_at_best(|| pallet_balances::Pallet::<Runtime>::free_balance(account)).unwrap()
    };
    for key in Sr25519Keyring::well_known() {
        assert_eq!(free(key.to_account_id()), ENDOWMENT, "{key:?}");
    }
    use subxt_signer::eth::dev::{alith, baltathar, charleth, dorothy, ethan, faith};
    for key in [alith(), baltathar(), charleth(), dorothy(), ethan(), faith()] {
        let mut account = [0xEE; 32];
        account[..20].copy_from_slice(key.public_key().to_account_id().as_ref());
        assert_eq!(free(account.into()), ENDOWMENT, "{}", hex(&account));
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn a_transfer_moves_money_and_pays_its_fee() {
    let chain = chain();
    let [alice, bob] = [Alice.pair(), Bob.pair()];
    let before = (balance(&chain, &alice).unwrap(), balance(&chain, &bob).unwrap());
    chain.submit(&transfer(&chain, &alice, &bob, 1_000).unwrap()).unwrap();
    let block = chain.mine().unwrap();
    assert_eq!(block.extrinsics.len(), 2, "the time and the transfer");
    let after = (balance(&chain, &alice).unwrap(), balance(&chain, &bob).unwrap());
    assert_eq!(after.1, before.1 + 1_000);
    let fee = events(&chain, 1).unwrap().into_iter().find_map(|event| match event {
        RuntimeEvent::TransactionPayment(TransactionFeePaid { actual_fee, .. }) => Some(actual_fee),
        _ => None,
    });
    assert_eq!(after.0, before.0 - 1_000 - fee.expect("a fee was paid"));
}

#[test]
fn a_bad_signature_is_refused() {
    let chain = chain();
    let mut extrinsic = transfer(&chain, &Alice.pair(), &Bob.pair(), 1).unwrap();
    // The signature lies behind length, version, address kind, account and signature kind.
    extrinsic[40] ^= 1;
    assert_eq!(chain.submit(&extrinsic), Err(SubmitError::Invalid(InvalidTransaction::BadProof)));
}

#[test]
fn bytes_that_are_not_an_extrinsic_are_refused() {
    assert!(matches!(chain().submit(&[1, 2, 3]), Err(SubmitError::Format(_))));
    assert!(matches!(chain().submit(&[]), Err(SubmitError::Format(_))));
}

#[test]
fn an_old_nonce_is_refused_and_a_future_one_waits() {
    let chain = chain();
    let (alice, bob) = (Alice.pair(), Bob.pair());
    let sign = |nonce| {
        let remark = frame_system::Call::remark { remark: vec![] };
        chain.sign(&alice, nonce, remark).unwrap()
    };
    let (first, second) = (sign(0), sign(1));
    let mut statuses = chain.submit_and_watch(&second).unwrap();
    assert_eq!(statuses.try_recv(), Ok(Status::Future));
    assert_eq!(chain.mine().unwrap().extrinsics.len(), 1, "only the time");
    assert_eq!(chain.next_nonce(&account(&alice)).unwrap(), 0);

    chain.submit(&first).unwrap();
    assert!(matches!(chain.submit(&first), Err(SubmitError::AlreadyImported(_))));
    assert_eq!(statuses.try_recv(), Ok(Status::Ready));
    assert_eq!(chain.next_nonce(&account(&alice)).unwrap(), 2);
    assert_eq!(chain.pending().len(), 2);
    let block = chain.mine().unwrap();
    assert_eq!(block.extrinsics.len(), 3);
    assert_eq!(statuses.try_recv(), Ok(Status::InBlock(block.hash)));
    assert_eq!(statuses.try_recv(), Ok(Status::Finalized(block.hash)));

    assert_eq!(chain.submit(&first), Err(SubmitError::Invalid(InvalidTransaction::Stale)));
    assert_eq!(chain.next_nonce(&account(&bob)).unwrap(), 0);
}

#[test]
fn an_account_that_cannot_pay_the_fee_is_refused() {
    let chain = chain();
    let poor = sr25519::Pair::from_string("//Nobody", None).unwrap();
    let extrinsic = transfer(&chain, &poor, &Bob.pair(), 1).unwrap();
    assert_eq!(chain.submit(&extrinsic), Err(SubmitError::Invalid(InvalidTransaction::Payment)));
}

#[test]
fn a_full_block_leaves_the_rest_to_the_next() {
    let chain = chain();
    let endless = deploy(&chain, &Alice.pair(), &LOOP, &[]).unwrap();
    let limit = chain.execute_at_best(<Runtime as frame_system::Config>::BlockWeights::get).unwrap().max_block;
    // Each burns two fifths of a block, of which three quarters are for such calls.
    let weight = Weight::from_parts(limit.ref_time() / 5 * 2, limit.proof_size() / 10);
    for signer in [Alice, Bob, Charlie] {
        let signer = signer.pair();
        let nonce = chain.next_nonce(&account(&signer)).unwrap();
        chain.submit(&chain.sign(&signer, nonce, call(endless, &[], weight)).unwrap()).unwrap();
    }
    let sizes: Vec<usize> = (0..4).map(|_| chain.mine().unwrap().extrinsics.len() - 1).collect();
    assert_eq!(sizes, [1, 1, 1, 0]);
}

#[test]
fn an_extrinsic_that_fails_is_in_the_block_and_pays() {
    let chain = chain();
    let (alice, bob) = (Alice.pair(), Bob.pair());
    let before = balance(&chain, &alice).unwrap();
    chain.submit(&transfer(&chain, &alice, &bob, u128::MAX / 2).unwrap()).unwrap();
    assert_eq!(chain.mine().unwrap().extrinsics.len(), 2);
    assert!(balance(&chain, &alice).unwrap() < before);
    let failed = events(&chain, 1)
        .unwrap()
        .into_iter()
        .any(|event| matches!(event, RuntimeEvent::System(frame_system::Event::ExtrinsicFailed { .. })));
    assert!(failed);
}

#[test]
fn a_contract_counts() {
    let chain = chain();
    let alice = Alice.pair();
    let counter = deploy(&chain, &alice, &COUNTER, &[]).unwrap();
    for expected in 1..=3u8 {
        let (count, weight) = dry_run(&chain, &alice, counter, &[]).unwrap();
        assert_eq!(count.last(), Some(&expected));
        let weight = weight + Weight::from_parts(10_000_000, 1_000);
        let nonce = chain.next_nonce(&account(&alice)).unwrap();
        chain.submit(&chain.sign(&alice, nonce, call(counter, &[], weight)).unwrap()).unwrap();
        chain.mine().unwrap();
    }
}

#[test]
fn headers_chain_and_carry_the_state_root() {
    let chain = chain();
    chain.submit(&transfer(&chain, &Alice.pair(), &Bob.pair(), 1).unwrap()).unwrap();
    let first = chain.mine().unwrap();
    let second = chain.mine().unwrap();
    assert_eq!(first.header.parent_hash, chain.genesis_hash());
    assert_eq!(second.header.parent_hash, first.hash);
    assert_eq!(second.hash, second.header.hash());
    for block in [&first, &second] {
        assert_eq!(*chain.state(block.hash).unwrap().root(), block.header.state_root);
    }
    assert_ne!(first.header.state_root, second.header.state_root);
}

#[test]
fn the_state_after_every_old_block_stays_readable() {
    let chain = chain();
    let bob = Bob.pair();
    let mut expected = vec![balance(&chain, &bob).unwrap()];
    for _ in 0..20 {
        chain.submit(&transfer(&chain, &Alice.pair(), &bob, 7).unwrap()).unwrap();
        chain.mine().unwrap();
        expected.push(expected.last().unwrap() + 7);
    }
    for (height, expected) in expected.into_iter().enumerate() {
        let block = chain.hash_at(u32::try_from(height).unwrap()).unwrap();
        let free = || pallet_balances::Pallet::<Runtime>::free_balance(account(&bob));
        assert_eq!(chain.execute_at(block, free).unwrap(), expected);
    }
}

#[test]
fn a_block_gets_the_real_time() {
    let chain = chain();
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert!(chain.now() >= now);
    chain.mine().unwrap();
    assert!(block_time_ms(&chain) >= now * 1000);
}

#[test]
fn set_time_is_exact_and_goes_only_forward() {
    let chain = Chain::new(Some(1_000_000)).unwrap();
    assert_eq!(chain.now(), 1_000_000);
    chain.mine().unwrap();
    assert_eq!(block_time_ms(&chain), 1_000_000_000);
    chain.set_time(2_000_000).unwrap();
    assert_eq!(chain.now(), 2_000_000);
    chain.mine().unwrap();
    assert_eq!(block_time_ms(&chain), 2_000_000_000);

    // The same second again, in another block.
    chain.set_time(2_000_000).unwrap();
    chain.mine().unwrap();
    assert_eq!(block_time_ms(&chain), 2_000_000_001);

    let refused = chain.set_time(1_999_999).unwrap_err();
    assert!(matches!(refused, Error::TimeGoesForward { asked_s: 1_999_999, earliest_s: 2_000_000 }));
    assert!(chain.set_time(2_000_000_000_000).is_err(), "milliseconds");
}

#[test]
fn many_blocks_share_a_second() {
    let chain = Chain::new(Some(1_000_000)).unwrap();
    for _ in 0..100 {
        chain.set_time(1_000_000).unwrap();
        chain.mine().unwrap();
    }
    assert_eq!(block_time_ms(&chain) / 1000, 1_000_000);
}

#[test]
fn native_code_writes_only_when_it_is_committed() {
    let chain = chain();
    let bob = Bob.pair();
    let before = balance(&chain, &bob).unwrap();
    let give = || {
        let transfer = pallet_balances::Pallet::<Runtime>::transfer_keep_alive(
            RuntimeOrigin::signed(account(&Alice.pair())),
            account(&bob).into(),
            5,
        );
        transfer.unwrap();
        pallet_balances::Pallet::<Runtime>::free_balance(account(&bob))
    };
    assert_eq!(chain.execute_at_best(give).unwrap(), before + 5);
    let mut draft = chain.draft().unwrap();
    assert_eq!(draft.run(give).unwrap(), before + 5);
    assert_eq!(draft.run(give).unwrap(), before + 10, "a draft keeps what it wrote");
    drop(draft);
    assert_eq!(balance(&chain, &bob).unwrap(), before);
    chain.commit(give).unwrap();
    assert_eq!(balance(&chain, &bob).unwrap(), before + 5);
    assert_eq!(chain.best().header.number, 1);
}

#[test]
fn a_panic_in_the_runtime_is_an_error_and_writes_nothing() {
    let chain = chain();
    let bob = Bob.pair();
    let before = balance(&chain, &bob).unwrap();
    let mut draft = chain.draft().unwrap();
    let panicked: Result<(), Error> = draft.run(|| {
        let _ = pallet_balances::Pallet::<Runtime>::transfer_keep_alive(
            RuntimeOrigin::signed(account(&Alice.pair())),
            account(&bob).into(),
            5,
        );
        panic!("on purpose");
    });
    assert_eq!(panicked.unwrap_err().to_string(), "Execution failed: on purpose");
    let free = draft.run(|| pallet_balances::Pallet::<Runtime>::free_balance(account(&bob)));
    assert_eq!(free.unwrap(), before);
}

#[test]
fn t41_a_fork_replaces_final_blocks() {
    let chain = chain();
    let bob = Bob.pair();
    let before = balance(&chain, &bob).unwrap();
    for _ in 0..3 {
        chain.submit(&transfer(&chain, &Alice.pair(), &bob, 7).unwrap()).unwrap();
        chain.mine().unwrap();
    }
    let replaced = chain.hash_at(2).unwrap();
    let fork = chain.fork(2).unwrap();
    assert_eq!(fork.header.number, 2);
    assert_ne!(fork.hash, replaced);
    assert_eq!(fork.header.parent_hash, chain.hash_at(1).unwrap());
    assert_eq!(chain.best().hash, fork.hash);
    assert_eq!(chain.hash_at(2), Some(fork.hash));
    assert_eq!(chain.hash_at(3), None);
    assert!(chain.block(replaced).is_some(), "what was replaced can still be read");
    assert_eq!(balance(&chain, &bob).unwrap(), before + 7);

    chain.submit(&transfer(&chain, &Alice.pair(), &bob, 1).unwrap()).unwrap();
    assert_eq!(chain.mine().unwrap().header.parent_hash, fork.hash);
    assert_eq!(balance(&chain, &bob).unwrap(), before + 8);
}

#[test]
fn only_blocks_above_genesis_can_be_forked() {
    let chain = chain();
    chain.mine().unwrap();
    for height in [0, 2] {
        assert!(matches!(chain.fork(height), Err(Error::NothingToFork { best: 1, .. })));
    }
    chain.fork(1).unwrap();
}
