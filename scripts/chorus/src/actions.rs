//! Everything that somebody can do in a pool, with one function for each act. The command line, the end-to-end player
//! and the tests call these. Each waits until its transaction is final, and fails with the contract's reason.

use anyhow::{Context as _, ensure};
use chorus_bindings::{
    Address, B256, Contract, SolCall as _, SolStruct as _, U256, attestations, escrow,
    signed::{Permit, digest},
    tokens, votes,
};
use chorus_client::{Receipt, keys::Key, pool::Pool};
use chorus_core::attestations::ROUTE_PORTABILITY_EXPORT;
use sha3::{Digest as _, Keccak256};

use crate::attestation::SignedAttestation;

pub use chorus_client::NATIVE;
pub use chorus_core::names::{Status, Support};

/// What a buyer offers. Amounts are in the currency's smallest unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The currency; [`NATIVE`] is native money.
    pub currency: Address,
    /// What the buyer pays, fee and tips included.
    pub price: u128,
    /// The number of the purpose that the data is bought for.
    pub purpose: u8,
    /// Hash of the list of fields ([`chorus_contribution::FieldList::hash`]).
    pub fields_hash: B256,
    /// Hash of the licence's text.
    pub licence_hash: B256,
    /// The sale is void with fewer members than this.
    pub min_members: u32,
    /// The sale is void with less weight than this.
    pub min_weight: u64,
    /// The custodian who delivers.
    pub custodian: Address,
    /// The arbiter who rules on a dispute.
    pub arbiter: Address,
    /// Time to deliver, in seconds.
    pub delivery_s: u64,
    /// Time to accept or dispute, in seconds.
    pub dispute_s: u64,
    /// Any number; it tells equal offers of one buyer apart.
    pub salt: B256,
}

impl Terms {
    fn call(&self) -> escrow::offerCall {
        escrow::offerCall {
            currency: self.currency,
            price: self.price,
            purpose: self.purpose,
            fields_hash: self.fields_hash,
            licence_hash: self.licence_hash,
            min_members: self.min_members,
            min_weight: self.min_weight,
            custodian: self.custodian,
            arbiter: self.arbiter,
            delivery_s: self.delivery_s,
            dispute_s: self.dispute_s,
            salt: self.salt,
        }
    }
}

/// Contributes, or replaces the member's present contribution. `purposes` holds one bit for each purpose allowed.
pub async fn attest(pool: &Pool, member: &Key, attested: &SignedAttestation, purposes: u16) -> anyhow::Result<Receipt> {
    let call = attestations::attestCall {
        commitment: attested.commitment,
        nullifier: attested.nullifier,
        weight: attested.weight,
        rule_version: attested.rule_version,
        route: ROUTE_PORTABILITY_EXPORT,
        purposes,
        deadline: attested.deadline,
        signatures: attested.signatures.clone(),
    };
    Ok(pool.send(member, Contract::Attestations, U256::ZERO, &call).await?)
}

/// Sets the purposes that a member allows from now on, one bit for each.
pub async fn set_purposes(pool: &Pool, member: &Key, purposes: u16) -> anyhow::Result<Receipt> {
    let call = attestations::setPurposesCall { purposes };
    Ok(pool.send(member, Contract::Attestations, U256::ZERO, &call).await?)
}

/// Takes a contribution back.
pub async fn withdraw(pool: &Pool, member: &Key) -> anyhow::Result<Receipt> {
    Ok(pool.send(member, Contract::Attestations, U256::ZERO, &attestations::withdrawCall {}).await?)
}

/// Leaves one open sale.
pub async fn leave(pool: &Pool, member: &Key, sale: u32) -> anyhow::Result<Receipt> {
    Ok(pool.send(member, Contract::Attestations, U256::ZERO, &attestations::leaveCall { sale }).await?)
}

/// How long a permit is good. It is used at once.
const PERMIT_S: u64 = 60 * 60;

const NO_PERMITS: &str = "this token does not take permits: leave --permit out, and it is approved instead";

/// Makes an offer and pays price and listing fee into escrow. Returns the offer's id. A token is approved first, for
/// exactly that sum.
pub async fn offer(pool: &Pool, buyer: &Key, terms: &Terms) -> anyhow::Result<(B256, Receipt)> {
    let deposit = deposit(pool, terms).await?;
    let value = match terms.currency {
        NATIVE => deposit,
        token => {
            approve(pool, buyer, token, deposit).await?;
            U256::ZERO
        }
    };
    made(pool.send(buyer, Contract::Escrow, value, &terms.call()).await?)
}

/// Like [`offer`], for a token that takes permits (ERC-2612): the buyer signs one, and a single call does everything.
///
/// # Errors
/// When the buyer's key is not an Ethereum key, or the token does not take permits.
pub async fn offer_with_permit(pool: &Pool, buyer: &Key, terms: &Terms) -> anyhow::Result<(B256, Receipt)> {
    let (client, token, owner) = (pool.client(), terms.currency, buyer.address());
    ensure!(token != NATIVE, "native money comes with the call: leave --permit out, or name a token with --currency");
    let separator = client.view(token, &tokens::DOMAIN_SEPARATORCall {}, None).await.context(NO_PERMITS)?;
    let permit = Permit {
        owner,
        spender: pool.address(Contract::Escrow),
        value: deposit(pool, terms).await?,
        nonce: client.view(token, &tokens::noncesCall { owner }, None).await.context(NO_PERMITS)?,
        deadline: U256::from(client.timestamp(None).await? + PERMIT_S),
    };
    let signature = buyer.sign_ethereum(digest(separator, permit.eip712_hash_struct()));
    let [rs @ .., v] = signature.context(
        "a permit is signed with an Ethereum key (eth:0x… in the key file): without it, leave --permit out",
    )??;
    let call = escrow::offerWithPermitCall {
        // The arguments without the selector.
        terms: terms.call().abi_encode().split_off(4).into(),
        permit_deadline: permit.deadline,
        v,
        r: B256::from_slice(&rs[..32]),
        s: B256::from_slice(&rs[32..]),
    };
    made(pool.send(buyer, Contract::Escrow, U256::ZERO, &call).await?)
}

/// What an offer costs its buyer: price and listing fee.
async fn deposit(pool: &Pool, terms: &Terms) -> anyhow::Result<U256> {
    let settings = pool.view(Contract::Escrow, &escrow::settingsCall {}, None).await?;
    Ok(U256::from(terms.price) + U256::from(settings.listing_fee))
}

/// The id of the offer that a transaction made, beside its receipt.
fn made(receipt: Receipt) -> anyhow::Result<(B256, Receipt)> {
    Ok((receipt.event::<escrow::OfferMade>()?.offer, receipt))
}

/// Lets `escrow` take `amount` of a token, unless it may already.
async fn approve(pool: &Pool, owner: &Key, token: Address, amount: U256) -> anyhow::Result<()> {
    let spender = pool.address(Contract::Escrow);
    let asked = tokens::allowanceCall { owner: owner.address(), spender };
    if pool.client().view(token, &asked, None).await? < amount {
        pool.client().send(owner, token, U256::ZERO, &tokens::approveCall { spender, amount }).await?;
    }
    Ok(())
}

/// Lets somebody else vote with a member's weight.
pub async fn delegate(pool: &Pool, member: &Key, to: Address) -> anyhow::Result<Receipt> {
    Ok(pool.send(member, Contract::Votes, U256::ZERO, &votes::delegateCall { delegatee: to }).await?)
}

/// Votes in a ballot, which has the id of its offer or proposal.
pub async fn cast_vote(pool: &Pool, voter: &Key, ballot: B256, support: Support) -> anyhow::Result<Receipt> {
    let call = votes::castVoteCall { proposalId: ballot_number(ballot), support: support.code() };
    Ok(pool.send(voter, Contract::Votes, U256::ZERO, &call).await?)
}

/// A ballot's id as the number that OpenZeppelin's Governor wants.
pub fn ballot_number(ballot: B256) -> U256 {
    U256::from_be_bytes(ballot.0)
}

/// Fixes how the vote and the opt-out window ended.
pub async fn seal(pool: &Pool, anyone: &Key, offer: B256) -> anyhow::Result<Receipt> {
    Ok(pool.send(anyone, Contract::Escrow, U256::ZERO, &escrow::sealCall { offer }).await?)
}

/// Puts a delivery on chain: the hash of the encrypted bundle and the manifest's root.
pub async fn deliver(
    pool: &Pool,
    custodian: &Key,
    offer: B256,
    bundle_hash: B256,
    manifest_root: B256,
) -> anyhow::Result<Receipt> {
    let call = escrow::deliverCall { offer, bundle_hash, manifest_root };
    Ok(pool.send(custodian, Contract::Escrow, U256::ZERO, &call).await?)
}

/// Accepts a delivery.
pub async fn accept(pool: &Pool, buyer: &Key, offer: B256) -> anyhow::Result<Receipt> {
    Ok(pool.send(buyer, Contract::Escrow, U256::ZERO, &escrow::acceptCall { offer }).await?)
}

/// Disputes a delivery; the chain keeps the hash of the reason.
pub async fn dispute(pool: &Pool, buyer: &Key, offer: B256, reason: &str) -> anyhow::Result<Receipt> {
    let call = escrow::disputeCall { offer, reason_hash: text_hash(reason) };
    Ok(pool.send(buyer, Contract::Escrow, U256::ZERO, &call).await?)
}

/// Rules on a dispute: so many hundredths of a percent of the price go back to the buyer.
pub async fn rule(pool: &Pool, arbiter: &Key, offer: B256, returned_bps: u16) -> anyhow::Result<Receipt> {
    let call = escrow::ruleCall { offer, returned_bps };
    Ok(pool.send(arbiter, Contract::Escrow, U256::ZERO, &call).await?)
}

/// What the guardian can stop for a while. Each is paused in its own contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Pausable {
    /// New offers, in `escrow`.
    Offers,
    /// New and replaced contributions, in `attestations`.
    Contributions,
}

/// Stops new offers or new contributions until a moment in unix seconds, at most seven days away.
pub async fn pause(pool: &Pool, guardian: &Key, what: Pausable, until: u64) -> anyhow::Result<Receipt> {
    Ok(match what {
        Pausable::Offers => pool.send(guardian, Contract::Escrow, U256::ZERO, &escrow::pauseCall { until }).await?,
        Pausable::Contributions => {
            pool.send(guardian, Contract::Attestations, U256::ZERO, &attestations::pauseCall { until }).await?
        }
    })
}

/// Gives the price of a failed offer back to the buyer, as a credit.
pub async fn refund(pool: &Pool, anyone: &Key, offer: B256) -> anyhow::Result<Receipt> {
    Ok(pool.send(anyone, Contract::Escrow, U256::ZERO, &escrow::refundCall { offer }).await?)
}

/// Pays the members with the `count` numbers from `from` on; the caller earns the tips.
pub async fn distribute(pool: &Pool, keeper: &Key, offer: B256, from: u32, count: u32) -> anyhow::Result<Receipt> {
    let call = escrow::distributeCall { offer, from, count };
    Ok(pool.send(keeper, Contract::Escrow, U256::ZERO, &call).await?)
}

/// Takes a member's own share, to any address.
pub async fn claim(pool: &Pool, member: &Key, offer: B256, to: Address) -> anyhow::Result<Receipt> {
    Ok(pool.send(member, Contract::Escrow, U256::ZERO, &escrow::claimCall { offer, to }).await?)
}

/// Where an offer stands, at a block (the best one if none is given).
pub async fn status_of(pool: &Pool, offer: B256, at: Option<B256>) -> anyhow::Result<Status> {
    let code = pool.view(Contract::Escrow, &escrow::statusCall { offer }, at).await?;
    Status::from_code(code)
        .with_context(|| format!("there is no offer {offer} in this pool: `chorus status` lists all offers"))
}

/// The currency of an offer, from the facts that the contract stores.
pub async fn currency_of(pool: &Pool, offer: B256) -> anyhow::Result<Address> {
    let cell = pool.view(Contract::Escrow, &escrow::offerCellCall { offer }, None).await?;
    let cell = cell.as_ref().try_into().context("this contract stores offers in a form that is not known here")?;
    Ok(Address::from(chorus_core::offer::Offer::from_bytes(cell).currency.0))
}

/// How much of a currency an owner can take, in its smallest unit.
pub async fn credit_of(pool: &Pool, currency: Address, owner: Address, at: Option<B256>) -> anyhow::Result<u128> {
    Ok(pool.view(Contract::Escrow, &escrow::creditOfCall { currency, owner }, at).await?)
}

/// Takes an owner's whole credit of a currency, to any address.
pub async fn withdraw_credit(pool: &Pool, owner: &Key, currency: Address, to: Address) -> anyhow::Result<Receipt> {
    let call = escrow::withdrawCreditCall { currency, to };
    Ok(pool.send(owner, Contract::Escrow, U256::ZERO, &call).await?)
}

/// Keccak-256 of a text, which stands for a licence or a reason on chain.
pub fn text_hash(text: &str) -> B256 {
    B256::from(<[u8; 32]>::from(Keccak256::digest(text)))
}
