//! Acts that a member signs and anybody relays, as values and as the files in which they travel.

mod act;

use std::path::Path;

use anyhow::{Context as _, bail, ensure};
use chorus_bindings::{
    Address, B256, Bytes, Contract, SolCall as _, U256, attestations, batch, escrow, signed::digest, votes,
};
use chorus_client::{
    keys::{Key, signer_of},
    pool::Pool,
};
use chorus_core::attestations::ROUTE_PORTABILITY_EXPORT;
use serde::{Deserialize, Serialize};
use sha3::{Digest as _, Keccak256};

use self::act::Signable;
use crate::actions::ballot_number;

pub use self::act::Act;

/// An act with its member's signature.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignedAct {
    /// The EIP-155 id of the chain that it is for.
    pub chain_id: u64,
    /// The contract that it is for.
    pub contract: Address,
    /// The member who signed it.
    pub signer: Address,
    /// The signer's nonce in that contract, which the act uses up.
    pub nonce: u64,
    /// What the member does.
    pub act: Act,
    /// 65 bytes from an Ethereum key, or 96 from a Substrate key.
    pub signature: Bytes,
}

/// The EIP-712 domains of a pool's contracts, as they are on its chain.
#[derive(Clone, Copy, Debug)]
pub struct Domains {
    attestations: B256,
    votes: B256,
    escrow: B256,
}

impl Domains {
    /// Asks the contracts for their domains.
    pub async fn of(pool: &Pool) -> anyhow::Result<Self> {
        Ok(Self {
            attestations: pool.view(Contract::Attestations, &attestations::DOMAIN_SEPARATORCall {}, None).await?,
            votes: pool.view(Contract::Votes, &votes::DOMAIN_SEPARATORCall {}, None).await?,
            escrow: pool.view(Contract::Escrow, &escrow::DOMAIN_SEPARATORCall {}, None).await?,
        })
    }

    fn separator(&self, contract: Contract) -> B256 {
        match contract {
            Contract::Attestations => self.attestations,
            Contract::Votes => self.votes,
            Contract::Escrow => self.escrow,
        }
    }
}

/// The nonce over which an account has to sign its next act in a contract.
pub async fn next_nonce(pool: &Pool, contract: Contract, account: Address) -> anyhow::Result<u64> {
    let nonce = match contract {
        Contract::Attestations => pool.view(contract, &attestations::noncesCall { member: account }, None).await?,
        Contract::Votes => pool.view(contract, &votes::noncesCall { account }, None).await?,
        Contract::Escrow => U256::from(pool.view(contract, &escrow::noncesCall { account }, None).await?),
    };
    nonce.try_into().ok().context("the account's nonce is out of range")
}

impl SignedAct {
    /// Signs an act, over the signer's next nonce unless one is given.
    pub async fn sign(pool: &Pool, signer: &Key, act: Act, nonce: Option<u64>) -> anyhow::Result<Self> {
        let domains = Domains::of(pool).await?;
        let (contract, member) = (act.contract(), signer.address());
        let nonce = match (&act, nonce) {
            // The attesters signed over a nonce: another one could not be accepted.
            (Act::Contribute { attested, .. }, _) => attested.nonce,
            (_, Some(nonce)) => nonce,
            (_, None) => next_nonce(pool, contract, member).await?,
        };
        let Signable { words, hash, .. } = act.signable(member, nonce);
        let signature = signer.sign(words, digest(domains.separator(contract), hash))?;
        let deployment = pool.deployment();
        Ok(Self {
            chain_id: deployment.chain_id,
            contract: deployment.address_of(contract),
            signer: member,
            nonce,
            act,
            signature,
        })
    }

    /// Checks that this act is for this pool and that its signer signed it.
    ///
    /// # Errors
    /// The reason why it cannot be accepted. Nonce and deadline are not checked: they depend on when it is relayed.
    pub fn check(&self, pool: &Pool, domains: &Domains) -> anyhow::Result<()> {
        let (contract, deployment) = (self.act.contract(), pool.deployment());
        ensure!(self.chain_id == deployment.chain_id, "it is for chain {}", self.chain_id);
        ensure!(
            self.contract == deployment.address_of(contract),
            "it is for the contract {}, which is not one of this pool",
            self.contract
        );
        if let Act::Contribute { attested, .. } = &self.act {
            ensure!(
                attested.member == self.signer && attested.nonce == self.nonce,
                "the attesters signed for another member or nonce"
            );
        }
        let Signable { words, hash, .. } = self.act.signable(self.signer, self.nonce);
        let digest = digest(domains.separator(contract), hash);
        ensure!(
            signer_of(words, digest, &self.signature) == Some(self.signer),
            "the signature is not that of {} over this act",
            self.signer
        );
        Ok(())
    }

    /// The call that brings this act alone to its contract.
    pub fn calldata(&self) -> Vec<u8> {
        let (member, signature) = (self.signer, self.signature.clone());
        match self.act {
            Act::Contribute { ref attested, purposes } => attestations::attestForCall {
                member,
                commitment: attested.commitment,
                nullifier: attested.nullifier,
                weight: attested.weight,
                rule_version: attested.rule_version,
                route: ROUTE_PORTABILITY_EXPORT,
                purposes,
                deadline: attested.deadline,
                signatures: attested.signatures.clone(),
                member_signature: signature,
            }
            .abi_encode(),
            Act::SetPurposes { purposes, deadline } => {
                attestations::setPurposesForCall { member, purposes, deadline, signature }.abi_encode()
            }
            Act::Withdraw { deadline } => attestations::withdrawForCall { member, deadline, signature }.abi_encode(),
            Act::Leave { sale, deadline } => {
                attestations::leaveForCall { member, sale, deadline, signature }.abi_encode()
            }
            Act::Vote { ballot, support } => {
                votes::castVoteBySigCall { proposalId: ballot_number(ballot), support, voter: member, signature }
                    .abi_encode()
            }
            Act::Delegate { to, deadline } => votes::delegateForCall {
                delegator: member,
                delegatee: to,
                nonce: U256::from(self.nonce),
                expiry: U256::from(deadline),
                signature,
            }
            .abi_encode(),
            Act::Claim { offer, to, deadline } => {
                escrow::claimForCall { member, offer, to, deadline, signature }.abi_encode()
            }
            Act::WithdrawCredit { currency, to, deadline } => {
                escrow::withdrawCreditForCall { owner: member, currency, to, deadline, signature }.abi_encode()
            }
        }
    }

    /// Adds this act to a batch. Returns false if there is no room, or if acts of this kind do not go in batches.
    pub(crate) fn pack(&self, batch: &mut batch::Batch) -> bool {
        match &self.act {
            Act::Contribute { attested, purposes } => batch.push_contribution(&batch::Contribution {
                member: self.signer,
                commitment: attested.commitment,
                nullifier: attested.nullifier,
                weight: attested.weight,
                rule_version: attested.rule_version,
                route: ROUTE_PORTABILITY_EXPORT,
                purposes: *purposes,
                deadline: attested.deadline,
                signatures: &attested.signatures,
                member_signature: &self.signature,
            }),
            Act::Vote { support, .. } => batch.push_ballot(self.signer, *support, &self.signature),
            _ => false,
        }
    }

    /// Writes the act to a new file.
    ///
    /// # Errors
    /// When the file exists already or cannot be written.
    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        use std::io::Write as _;
        let text = serde_json::to_string_pretty(&File::of(self)?)? + "\n";
        let file = std::fs::OpenOptions::new().write(true).create_new(true).open(path);
        file.and_then(|mut file| file.write_all(text.as_bytes()))
            .with_context(|| format!("cannot write the signed act to {}", path.display()))
    }

    /// Reads an act from its file.
    ///
    /// # Errors
    /// When the file does not hold an act, is of another version, or was changed since it was signed.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let file: File = serde_json::from_slice(&text)
            .with_context(|| format!("{} is not a signed act: `--sign-only` writes them", path.display()))?;
        let File { chorus, version, signed, checksum } = file;
        if chorus != MAGIC || version != VERSION {
            bail!("{} is {chorus} of version {version}, and not {MAGIC} of version {VERSION}", path.display());
        }
        ensure!(File::of(&signed)?.checksum == checksum, "{} was changed since it was signed", path.display());
        Ok(signed)
    }

    /// A name for its file, which tells it from other acts of the same member.
    pub fn file_name(&self) -> String {
        format!("{}-{}-{}.json", self.act.name(), hex::encode(self.signer), self.nonce)
    }
}

const MAGIC: &str = "signed act";
const VERSION: u32 = 1;

/// An act in its file, which says what it is and shows whether it was cut off or changed on its way.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    chorus: String,
    version: u32,
    signed: SignedAct,
    /// Keccak-256 of `signed` as compact JSON.
    checksum: B256,
}

impl File {
    fn of(signed: &SignedAct) -> anyhow::Result<Self> {
        let checksum = B256::from(<[u8; 32]>::from(Keccak256::digest(serde_json::to_vec(signed)?)));
        Ok(Self { chorus: MAGIC.into(), version: VERSION, signed: signed.clone(), checksum })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act() -> SignedAct {
        SignedAct {
            chain_id: 42,
            contract: Address::repeat_byte(1),
            signer: Address::repeat_byte(2),
            nonce: 3,
            act: Act::Claim { offer: B256::repeat_byte(4), to: Address::repeat_byte(5), deadline: 6 },
            signature: Bytes::from(vec![7; 65]),
        }
    }

    #[test]
    fn an_act_comes_back_from_its_file_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(act().file_name());
        act().write(&path).unwrap();
        assert_eq!(SignedAct::read(&path).unwrap(), act());
        assert!(act().write(&path).is_err(), "it is never overwritten");
    }

    #[test]
    fn a_file_that_was_changed_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("act.json");
        act().write(&path).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        for (from, to, why) in [
            ("\"nonce\": 3", "\"nonce\": 4", "was changed"),
            ("\"version\": 1", "\"version\": 2", "version 2"),
            ("\"nonce\": 3", "\"nonce\": 3, \"more\": 1", "not a signed act"),
            ("\"kind\": \"claim\"", "\"kind\": \"give\"", "not a signed act"),
        ] {
            assert!(text.contains(from));
            std::fs::write(&path, text.replace(from, to)).unwrap();
            let error = SignedAct::read(&path).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
        }
    }
}
