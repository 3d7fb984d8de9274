//! Host functions. Off chain, where only the ABI is asked for, calling one is a bug.

use alloc::vec::Vec;

use chorus_core::{
    abi::{Data, Event, Topics, Word as _, tail},
    eip712::{self, Domain, Signature},
    error::Error,
    hash::{Hash32, Keccak},
    types::{Address, Amount, Timestamp},
};
#[cfg(target_arch = "riscv64")]
use pallet_revive_uapi::{CallFlags, HostFn as _, HostFnImpl, ReturnErrorCode, ReturnFlags, StorageFlags};

/// What `code_hash` says of an existing account without code: Keccak-256 of nothing.
#[cfg(target_arch = "riscv64")]
const PLAIN_ACCOUNT: Hash32 = [
    0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0, 0xe5, 0x00, 0xb6,
    0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
];

/// Weight that a payment to a plain account may use: three times what it was measured to need.
#[cfg(target_arch = "riscv64")]
const PUSH_REF_TIME_PS: u64 = 2_000_000_000;
/// Proof that it may use, in bytes.
#[cfg(target_arch = "riscv64")]
const PUSH_PROOF: u64 = 20_000;

/// Weight that a payment in a token may use, a contract's own code and cells included: twice an EVM token's need.
#[cfg(target_arch = "riscv64")]
const TOKEN_REF_TIME_PS: u64 = 3_000_000_000;
/// Proof that it may use, in bytes.
#[cfg(target_arch = "riscv64")]
const TOKEN_PROOF: u64 = 200_000;
/// Storage deposit that it may take from the sender of the transaction, in the chain's own unit: a new balance, or a
/// few.
#[cfg(target_arch = "riscv64")]
const TOKEN_DEPOSIT: u64 = 1_000_000_000_000;

/// The limits that a call of a token gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Limits {
    /// Whatever weight is left: the call is for the account that sends the transaction.
    Caller,
    /// The fixed ones of a payment: the call is for somebody else.
    Payment,
}

/// The precompile that recovers signers.
#[cfg(target_arch = "riscv64")]
const ECRECOVER: [u8; 20] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

/// The precompile with the runtime's own functions, `ISystem` of `pallet-revive`.
#[cfg(target_arch = "riscv64")]
const SYSTEM: [u8; 20] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9, 0];
#[cfg(target_arch = "riscv64")]
const WEIGHT_LEFT: [u8; 4] = chorus_core::abi::selector("weightLeft", &[]);
#[cfg(target_arch = "riscv64")]
const BALANCE_OF: [u8; 4] = chorus_core::abi::selector("balanceOf", &["address"]);
#[cfg(target_arch = "riscv64")]
const SR25519_VERIFY: [u8; 4] = chorus_core::abi::selector("sr25519Verify", &["uint8[64]", "bytes", "bytes32"]);

/// Where ink! reads the root cell from.
pub const ROOT: [u8; 4] = [0; 4];

/// Keccak-256 by the chain.
pub struct ChainKeccak;

impl Keccak for ChainKeccak {
    fn keccak(data: &[u8]) -> Hash32 {
        keccak(data)
    }
}

macro_rules! host_functions {
    ($(
        $(#[$doc:meta])*
        pub fn $name:ident $(<const $n:ident: usize>)? ($($arg:ident: $ty:ty),*) $(-> $out:ty)? $body:block
    )+) => { $(
        $(#[$doc])*
        #[cfg(target_arch = "riscv64")]
        pub fn $name $(<const $n: usize>)? ($($arg: $ty),*) $(-> $out)? $body

        $(#[$doc])*
        #[cfg(not(target_arch = "riscv64"))]
        #[allow(unused_variables, reason = "the chain's functions exist on chain")]
        pub fn $name $(<const $n: usize>)? ($($arg: $ty),*) $(-> $out)? {
            unreachable!("contracts run on chain")
        }
    )+ };
}

host_functions! {
    /// Keccak-256.
    pub fn keccak(data: &[u8]) -> Hash32 {
        let mut hash = [0; 32];
        HostFnImpl::hash_keccak_256(data, &mut hash);
        hash
    }

    /// The block's time.
    pub fn now() -> Timestamp {
        let mut word = [0; 32];
        HostFnImpl::now(&mut word);
        Timestamp(u64::from_le_bytes(low(&word)))
    }

    /// The account or contract that calls.
    pub fn caller() -> Address {
        let mut caller = [0; 20];
        HostFnImpl::caller(&mut caller);
        Address(caller)
    }

    /// This contract.
    pub fn this() -> Address {
        let mut address = [0; 20];
        HostFnImpl::address(&mut address);
        Address(address)
    }

    /// Native money that came with the call, with 18 decimals; more than 128 bits of it does not exist.
    pub fn value() -> Amount {
        let mut word = [0; 32];
        HostFnImpl::value_transferred(&mut word);
        Amount(u128::from_le_bytes(low(&word)))
    }

    /// The live chain id, big endian.
    pub fn chain_id() -> Hash32 {
        let mut word = [0; 32];
        HostFnImpl::chain_id(&mut word);
        word.reverse();
        word
    }

    /// A salt for a new deployment: the parent block's hash and the time. A second chain with the same id has another.
    pub fn deployment_salt() -> Hash32 {
        let mut number = [0; 32];
        HostFnImpl::block_number(&mut number);
        let parent = u64::from_le_bytes(low(&number)).saturating_sub(1);
        let mut at = [0; 32];
        at[..8].copy_from_slice(&parent.to_le_bytes());
        let mut hash = [0; 32];
        HostFnImpl::block_hash(&at, &mut hash);
        eip712::hash_words::<ChainKeccak, 2>([hash, now().word()])
    }

    /// The word of the call's data at byte `at`.
    pub fn argument_word(at: u32) -> Hash32 {
        let mut word = [0; 32];
        HostFnImpl::call_data_copy(&mut word, at);
        word
    }

    /// `length` bytes of the call's data from byte `at` on, all of which must be there.
    pub fn argument_bytes(at: u32, length: u32) -> Vec<u8> {
        if u64::from(at) + u64::from(length) > HostFnImpl::call_data_size() {
            malformed();
        }
        let mut bytes = alloc::vec![0; length as usize];
        HostFnImpl::call_data_copy(&mut bytes, at);
        bytes
    }

    /// Ends the call because an argument is not of its type, as Solidity does: without data.
    pub fn malformed() -> ! {
        HostFnImpl::return_value(ReturnFlags::REVERT, &[])
    }

    /// Ends the call with this refusal: nothing has happened.
    pub fn refuse(error: Error) -> ! {
        HostFnImpl::return_value(ReturnFlags::REVERT, error.encode().as_bytes())
    }

    /// Fills `cell` from the cell at `key`, as far as that goes; false if there is no such cell.
    pub fn fill(key: &[u8], cell: &mut [u8]) -> bool {
        let mut room = cell;
        HostFnImpl::get_storage(StorageFlags::empty(), key, &mut room).is_ok()
    }

    /// Writes the cell at `key`.
    pub fn write(key: &[u8], cell: &[u8]) {
        HostFnImpl::set_storage(StorageFlags::empty(), key, cell);
    }

    /// Logs an event.
    pub fn log(topics: &[Hash32], data: &[u8]) {
        HostFnImpl::deposit_event(topics, data);
    }

    /// The signer of `digest`, by precompile 0x01; ink!'s own recovery is wrong on chain.
    pub fn recover(digest: Hash32, signature: &Signature) -> Option<Address> {
        let mut output = [0; 32];
        let mut answer = &mut output[..];
        let result = HostFnImpl::call(
            CallFlags::empty(), &ECRECOVER, u64::MAX, u64::MAX, &[0; 32], &[0; 32],
            &signature.recover_input(digest), Some(&mut answer),
        );
        let len = answer.len();
        result.ok()?;
        // A bad signature gives an empty answer and no error.
        eip712::recovered(output.get(..len)?)
    }

    /// Whether `key` signed `message`, by the runtime's sr25519; `None` on a chain whose runtime does not offer it.
    ///
    /// A precompile is asked and not the host function of the same name: a chain without that would refuse the code.
    pub fn verify_sr25519(key: &Hash32, message: &[u8], signature: &[u8; 64]) -> Option<bool> {
        // A byte of `uint8[64]` is a word; then where `message` begins, the key, the message's length, the message.
        const HEAD: usize = 4 + 32 * 66;
        let mut input = alloc::vec![0; HEAD + 32 + message.len().next_multiple_of(32)];
        input[..4].copy_from_slice(&SR25519_VERIFY);
        for (word, byte) in input[4..].chunks_exact_mut(32).zip(signature) {
            word[31] = *byte;
        }
        input[HEAD - 64..HEAD - 32].copy_from_slice(&((32 * 66) as u64).word());
        input[HEAD - 32..HEAD].copy_from_slice(key);
        input[HEAD..HEAD + 32].copy_from_slice(&(message.len() as u64).word());
        input[HEAD + 32..HEAD + 32 + message.len()].copy_from_slice(message);
        let mut output = [0; 32];
        let mut answer = &mut output[..];
        let result = HostFnImpl::call(
            CallFlags::empty(), &SYSTEM, u64::MAX, u64::MAX, &[0; 32], &[0; 32], &input, Some(&mut answer),
        );
        let answered = result.is_ok() && answer.len() == 32;
        answered.then(|| output[31] == 1)
    }

    /// Calls a sister contract and returns as much of its answer as `output` holds. Its refusal becomes ours, word for
    /// word.
    ///
    /// It gets what weight is left: it is our own code, and what it may use is bounded by the caller's limit.
    pub fn call_sister(sister: Address, input: &[u8], output: &mut [u8]) {
        let mut answer = output;
        match HostFnImpl::call(
            CallFlags::empty(), &sister.0, u64::MAX, u64::MAX, &[0xff; 32], &[0; 32], input, Some(&mut answer),
        ) {
            Ok(()) => {}
            Err(ReturnErrorCode::CalleeReverted) => HostFnImpl::return_value(ReturnFlags::REVERT, answer),
            Err(_) => HostFnImpl::return_value(ReturnFlags::REVERT, &[]),
        }
    }

    /// Calls a token. True if it has code, and answers with nothing (as many tokens do) or with true.
    pub fn call_token(token: Address, limits: Limits, input: &[u8]) -> bool {
        // Whoever has no code answers every call with nothing.
        let mut code = [0; 32];
        HostFnImpl::code_hash(&token.0, &mut code);
        if code == PLAIN_ACCOUNT || code == [0; 32] {
            return false;
        }
        let mut deposit = [0xff; 32];
        let (mut ref_time_ps, mut proof) = (u64::MAX, u64::MAX);
        if limits == Limits::Payment {
            (ref_time_ps, proof) = (TOKEN_REF_TIME_PS, TOKEN_PROOF);
            deposit = [0; 32];
            deposit[..8].copy_from_slice(&TOKEN_DEPOSIT.to_le_bytes());
        }
        let mut output = [0; 32];
        let mut answer = &mut output[..];
        let result = HostFnImpl::call(
            CallFlags::empty(), &token.0, ref_time_ps, proof, &deposit, &[0; 32], input, Some(&mut answer),
        );
        let answered = answer.len();
        result.is_ok() && (answered == 0 || output == true.word())
    }

    /// What this contract holds of a token; `None` if the token does not answer, or answers more than 128 bits.
    pub fn token_balance(token: Address) -> Option<Amount> {
        let mut output = [0; 32];
        let mut answer = &mut output[..];
        let input = calldata::<1, 36>(BALANCE_OF, [this().word()]);
        let result = HostFnImpl::call(
            CallFlags::READ_ONLY, &token.0, u64::MAX, u64::MAX, &[0xff; 32], &[0; 32], &input, Some(&mut answer),
        );
        let answered = result.is_ok() && answer.len() == 32;
        let (high, low) = output.split_at(16);
        (answered && high == [0; 16]).then(|| Amount(u128::from_be_bytes(low.try_into().unwrap_or_default())))
    }

    /// Whether the weight left suffices for one more payment in a token.
    pub fn has_weight_for_payment() -> bool {
        let mut output = [0; 64];
        let mut answer = &mut output[..];
        let result = HostFnImpl::call(
            CallFlags::READ_ONLY, &SYSTEM, u64::MAX, u64::MAX, &[0; 32], &[0; 32], &WEIGHT_LEFT, Some(&mut answer),
        );
        result.is_ok() && word_u64(&output, 0) >= TOKEN_REF_TIME_PS && word_u64(&output, 1) >= TOKEN_PROOF
    }

    /// Ends the call with an answer that is encoded already. ink! writes the root cell no more then.
    pub fn end(encoded: &[u8]) -> ! {
        HostFnImpl::return_value(ReturnFlags::empty(), encoded)
    }

    /// Ends the call with a `string`, of at most 32 bytes.
    pub fn answer_text(text: &str) -> ! {
        let mut words = [32u64.word(), (text.len() as u64).word(), [0; 32]];
        words[2][..text.len()].copy_from_slice(text.as_bytes());
        end(words.as_flattened())
    }

    /// Ends the call with `bytes`.
    pub fn answer_bytes(bytes: &[u8]) -> ! {
        let mut head = Data::new();
        head.push(&32u64.word());
        end(&tail(&head, bytes))
    }

    /// Ends the call with an `address[]`.
    pub fn answer_list(addresses: &[Address]) -> ! {
        let mut words = alloc::vec![32u64.word(), (addresses.len() as u64).word()];
        words.extend(addresses.iter().map(|address| address.word()));
        end(words.as_flattened())
    }

    /// Pays native money to an existing account without code; false, and nothing moved, for anybody else.
    ///
    /// A contract's code would be charged to us before any limit, and a missing account's existential deposit to the
    /// sender of the transaction, which can trap us. Addresses below 2^32 are precompiles that look like accounts.
    pub fn pay(to: Address, amount: Amount) -> bool {
        let mut code = [0; 32];
        HostFnImpl::code_hash(&to.0, &mut code);
        if code != PLAIN_ACCOUNT || to.0[..16] == [0; 16] {
            return false;
        }
        let mut value = [0; 32];
        value[..16].copy_from_slice(&amount.0.to_le_bytes());
        HostFnImpl::call(
            CallFlags::empty(), &to.0, PUSH_REF_TIME_PS, PUSH_PROOF, &[0; 32], &value, &[], None,
        ).is_ok()
    }
}

#[cfg(target_arch = "riscv64")]
fn low<const N: usize>(word: &Hash32) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(&word[..N]);
    bytes
}

/// Implements what the rules ask of every contract by the chain's own functions.
#[macro_export]
macro_rules! chain_signers {
    ($contract:ty) => {
        impl chorus_core::hash::Keccak for $contract {
            fn keccak(data: &[u8]) -> chorus_core::hash::Hash32 {
                $crate::keccak(data)
            }
        }

        impl chorus_core::signed::Signers for $contract {
            fn recover(
                &self,
                digest: chorus_core::hash::Hash32,
                signature: &chorus_core::eip712::Signature,
            ) -> Option<chorus_core::types::Address> {
                $crate::recover(digest, signature)
            }

            fn verify_sr25519(
                &self,
                key: &chorus_core::hash::Hash32,
                message: &[u8],
                signature: &[u8; 64],
            ) -> Option<bool> {
                $crate::verify_sr25519(key, message, signature)
            }
        }
    };
}

/// The cell at `key`, if there is one, with zeros past its end.
pub fn read<const N: usize>(key: &[u8]) -> Option<[u8; N]> {
    let mut cell = [0; N];
    fill(key, &mut cell).then_some(cell)
}

/// The cell at `key`, with zeros past its end; all zeros if there is no such cell.
pub fn cell<const N: usize>(key: &[u8]) -> [u8; N] {
    let mut cell = [0; N];
    fill(key, &mut cell);
    cell
}

/// Logs an event.
pub fn emit(event: &impl Event) {
    let (mut topics, mut data) = (Topics::new(), Data::new());
    event.encode_to(&mut topics, &mut data);
    log(topics.as_slice(), data.as_bytes());
}

/// Logs an event that ends with a [`chorus_core::abi::Tail`]: `bytes`.
pub fn emit_with(event: &impl Event, bytes: &[u8]) {
    let (topics, head) = event.encode();
    log(topics.as_slice(), &tail(&head, bytes));
}

/// The EIP-712 domain of this contract.
pub fn domain(name: &'static str, salt: Hash32) -> Domain {
    Domain { name, chain_id: chain_id(), contract: this(), salt }
}

/// A key for [`read`] and [`write`]: which kind of cell, then which one.
pub fn key<const N: usize>(kind: u8, parts: &[&[u8]]) -> [u8; N] {
    let mut key = [0; N];
    key[0] = kind;
    let mut at = 1;
    for part in parts {
        key[at..at + part.len()].copy_from_slice(part);
        at += part.len();
    }
    key
}

/// Calldata of a sister's message: a selector and `N` words.
pub fn calldata<const N: usize, const SIZE: usize>(selector: [u8; 4], words: [Hash32; N]) -> [u8; SIZE] {
    const { assert!(SIZE == 4 + 32 * N) };
    let mut data = [0; SIZE];
    data[..4].copy_from_slice(&selector);
    data[4..].copy_from_slice(words.as_flattened());
    data
}

/// The `index`-th word of an answer as a `u64`; sister contracts answer in range.
pub fn word_u64(answer: &[u8], index: usize) -> u64 {
    let end = 32 * (index + 1);
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&answer[end - 8..end]);
    u64::from_be_bytes(bytes)
}
