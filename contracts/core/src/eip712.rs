//! EIP-712: domains, and what is signed under them.

use crate::{
    abi::{Word, signature},
    hash::{Hash32, Keccak},
    types::Address,
};

const DOMAIN_TYPE: Hash32 = keccak_const::Keccak256::new()
    .update(b"EIP712Domain(string name,string version,uint256 chainId,address verifyingContract,bytes32 salt)")
    .finalize();
const VERSION: Hash32 = keccak_const::Keccak256::new().update(b"1").finalize();

/// Which chain and contract a signature is for. The salt tells apart two chains that share id and addresses.
#[derive(Clone, Copy, Debug)]
pub struct Domain {
    /// The contract's name, such as `Chorus Attestations`; at most 32 bytes.
    pub name: &'static str,
    /// The chain's id, asked when it is needed.
    pub chain_id: Hash32,
    /// The contract.
    pub contract: Address,
    /// From the parent block's hash and the time, at construction.
    pub salt: Hash32,
}

impl Domain {
    /// The domain separator.
    pub fn separator<K: Keccak>(&self) -> Hash32 {
        hash_words::<K, 6>([
            DOMAIN_TYPE,
            K::keccak(self.name.as_bytes()),
            VERSION,
            self.chain_id,
            self.contract.word(),
            self.salt,
        ])
    }

    /// What is signed for a struct with this hash.
    pub fn digest<K: Keccak>(&self, struct_hash: Hash32) -> Hash32 {
        digest::<K>(&self.separator::<K>(), &struct_hash)
    }

    /// What ERC-5267's `eip712Domain()` returns, encoded: all five fields (0x1f) and no extensions.
    pub fn erc5267(&self) -> [u8; 12 * 32] {
        let Self { name, chain_id, contract, salt } = self;
        let text = |text: &str| {
            let mut word = [0; 32];
            for (room, byte) in word.iter_mut().zip(text.bytes()) {
                *room = byte;
            }
            word
        };
        let words = [
            text("\x1f"),
            // Where the two texts and the extensions begin.
            (7 * 32u64).word(),
            (9 * 32u64).word(),
            *chain_id,
            contract.word(),
            *salt,
            (11 * 32u64).word(),
            (name.len() as u64).word(),
            text(name),
            1u64.word(),
            text("1"),
            0u64.word(),
        ];
        let mut answer = [0; 12 * 32];
        answer.copy_from_slice(words.as_flattened());
        answer
    }
}

/// What is signed for a struct with this hash under a domain: `keccak(0x1901 ‖ separator ‖ hash)`.
pub fn digest<K: Keccak>(separator: &Hash32, struct_hash: &Hash32) -> Hash32 {
    let mut preimage = [0; 66];
    let (prefix, rest) = preimage.split_at_mut(2);
    let (domain, hash) = rest.split_at_mut(32);
    prefix.copy_from_slice(&[0x19, 0x01]);
    domain.copy_from_slice(separator);
    hash.copy_from_slice(struct_hash);
    K::keccak(&preimage)
}

/// What is signed under a domain for the struct that these words are: its type's hash, then its fields.
pub fn struct_digest<K: Keccak>(separator: &Hash32, words: &[Hash32]) -> Hash32 {
    digest::<K>(separator, &K::keccak(words.as_flattened()))
}

/// Keccak-256 of `words` in a row.
pub fn hash_words<K: Keccak, const N: usize>(words: [Hash32; N]) -> Hash32 {
    K::keccak(words.as_flattened())
}

/// The type hash of `name(members)`: EIP-712 writes it as Solidity writes a signature, with names.
pub const fn type_hash(name: &str, members: &[&str]) -> Hash32 {
    signature(name, members)
}

/// An ECDSA signature that was checked for form: `r` and `s` in range, `s` low, `v` 27 or 28.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The x coordinate.
    pub r: Hash32,
    /// The lower of the two proofs.
    pub s: Hash32,
    /// 27 or 28.
    pub v: u8,
}

/// The order of secp256k1, big endian.
const ORDER: Hash32 = [
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc,
    0xe6, 0xaf, 0x48, 0xa0, 0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41,
];
/// Half of it, rounded down: EIP-2's bound on `s`.
const HALF_ORDER: Hash32 = [
    0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x5d, 0x57, 0x6e,
    0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46, 0x68, 0x1b, 0x20, 0xa0,
];

impl Signature {
    /// Bytes of one signature.
    pub const SIZE: usize = 65;

    /// Parses `r ‖ s ‖ v`. The chain's precompile takes `r`, `s` above the order and high `s` (T10), so they are
    /// refused here.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (&r, rest) = bytes.split_first_chunk::<32>()?;
        let (&s, rest) = rest.split_first_chunk::<32>()?;
        let &[v @ (27 | 28)] = rest else { return None };
        let in_range = r != [0; 32] && r < ORDER && s != [0; 32] && s <= HALF_ORDER;
        in_range.then_some(Self { r, s, v })
    }

    /// The input of the `ecrecover` precompile for `digest`.
    pub fn recover_input(&self, digest: Hash32) -> [u8; 128] {
        let mut input = [0; 128];
        for (room, word) in input.chunks_exact_mut(32).zip([digest, self.v.word(), self.r, self.s]) {
            room.copy_from_slice(&word);
        }
        input
    }
}

/// The address in a precompile's answer: exactly a word, and never zero (T11).
pub fn recovered(output: &[u8]) -> Option<Address> {
    let word: &Hash32 = output.try_into().ok()?;
    let (padding, address) = word.split_last_chunk::<20>()?;
    (padding.iter().all(|byte| *byte == 0) && *address != [0; 20]).then_some(Address(*address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(r: Hash32, s: Hash32, v: u8) -> [u8; 65] {
        let mut bytes = [0; 65];
        bytes[..32].copy_from_slice(&r);
        bytes[32..64].copy_from_slice(&s);
        bytes[64] = v;
        bytes
    }

    #[test]
    fn the_answer_of_erc5267_is_as_solidity_encodes_it() {
        let domain = Domain { name: "Chorus Votes", chain_id: 9u64.word(), contract: Address([7; 20]), salt: [5; 32] };
        let expected = concat!(
            "1f00000000000000000000000000000000000000000000000000000000000000",
            "00000000000000000000000000000000000000000000000000000000000000e0",
            "0000000000000000000000000000000000000000000000000000000000000120",
            "0000000000000000000000000000000000000000000000000000000000000009",
            "0000000000000000000000000707070707070707070707070707070707070707",
            "0505050505050505050505050505050505050505050505050505050505050505",
            "0000000000000000000000000000000000000000000000000000000000000160",
            "000000000000000000000000000000000000000000000000000000000000000c",
            "43686f72757320566f7465730000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000001",
            "3100000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000000",
        );
        let found: alloc::string::String = domain.erc5267().iter().map(|byte| alloc::format!("{byte:02x}")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn t10_a_malleated_signature_is_not_parsed() {
        let one = 1u64.word();
        assert!(Signature::parse(&signature(one, one, 27)).is_some());
        assert!(Signature::parse(&signature(one, HALF_ORDER, 28)).is_some());
        let mut above_half = HALF_ORDER;
        above_half[31] += 1;
        for (r, s, v) in [
            (ORDER, one, 27),
            (one, ORDER, 27),
            (one, above_half, 27),
            ([0; 32], one, 27),
            (one, [0; 32], 27),
            (one, one, 0),
            (one, one, 1),
            (one, one, 29),
        ] {
            assert_eq!(Signature::parse(&signature(r, s, v)), None);
        }
        assert_eq!(Signature::parse(&[1; 64]), None);
        assert_eq!(Signature::parse(&[1; 66]), None);
    }

    #[test]
    fn t11_recovery_of_nothing_is_nobody() {
        assert_eq!(recovered(&[]), None);
        assert_eq!(recovered(&[0; 32]), None);
        assert_eq!(recovered(&[1; 32]), None);
        assert_eq!(recovered(&Address([7; 20]).word()), Some(Address([7; 20])));
    }

    #[test]
    fn t11_the_precompile_is_asked_with_digest_v_r_and_s_a_word_each() {
        let signature = Signature::parse(&signature([2; 32], [3; 32], 28)).unwrap();
        let input = signature.recover_input([1; 32]);
        assert_eq!(input.as_chunks::<32>().0, [[1; 32], 28u8.word(), [2; 32], [3; 32]]);
    }
}
