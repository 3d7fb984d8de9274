//! A stage: a chain, a pool deployed on it, its officers, and members who contribute real exports.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use age::x25519::Identity;
use anyhow::{Context as _, ensure};
use chorus::{
    actions::{self, Support, Terms},
    attestation::SignedAttestation,
    attester::{self, Attester, Card},
    contribute,
    custody::{self, Bundles},
    deploy::{self, Code, NewPool},
    keeper,
    proposals::{self, Call},
    relay::{self, Outcome},
    signed::{Act, SignedAct},
};
use chorus_bindings::{Address, B256, Contract, U256, escrow, explain_revert};
use chorus_client::{
    Client,
    keys::Key,
    pool::Pool,
    record::{History, Offer, Record},
};
use chorus_contribution::{FieldList, NullifierKey};
use chorus_core::{
    names::Status,
    settings::{OfferSettings, ProposalSettings, VotingSettings},
    types::{Amount, Points},
};
use chorus_devnet::Devnet;
use futures::{StreamExt as _, TryStreamExt as _};
use tokio::sync::Mutex;

use crate::generator::{self, Format, Packing, Size};

/// Units of native money: 18 decimals.
pub const UNIT: u128 = 1_000_000_000_000_000_000;
/// What each member is given to pay fees and deposits with; the rest is theirs.
const POCKET_MONEY: u128 = 20 * UNIT;
/// Members worked on at the same time: computing and sending overlap.
const AT_ONCE: usize = 16;
/// Members who are given pocket money in one go, before they contribute.
const FUNDED_TOGETHER: usize = 256;
/// Transactions that are in flight at the same time where nothing else is to be computed.
const IN_FLIGHT: usize = 64;
const DAY_S: u64 = 24 * 60 * 60;

/// Which chain to play on.
pub enum Where {
    /// The embedded chain, started as told.
    Embedded(chorus_devnet::Config),
    /// A chain that is running already, by its `ws://` URL.
    Node(String),
}

/// Everybody with an office. Keys are the development accounts everybody knows, with money on every development chain.
pub struct Officers {
    /// Deploys, and hands out pocket money.
    pub deployer: Key,
    /// Offers and pays.
    pub buyer: Key,
    /// Decrypts the delivery.
    pub buyer_identity: Identity,
    /// Delivers.
    pub custodian: Key,
    /// Decrypts the members' bundles.
    pub custodian_identity: Identity,
    /// Rules on disputes.
    pub arbiter: Key,
    /// May pause.
    pub guardian: Key,
    /// Does what is due.
    pub keeper: Key,
}

/// A member with a generated export.
#[derive(Clone)]
pub struct Member {
    /// Their key.
    pub key: Key,
    /// Points.
    pub weight: u32,
    /// Rows of the contribution.
    pub rows: u64,
}

impl Member {
    /// Their account as contracts see it.
    pub fn address(&self) -> Address {
        self.key.address()
    }
}

/// How a stage gets past a period.
enum Clock {
    /// It moves the embedded chain's clock.
    Travels,
    /// It waits.
    Waits,
}

/// The stage.
pub struct Stage {
    /// The pool.
    pub pool: Pool,
    /// Everybody with an office.
    pub officers: Officers,
    /// The members who contributed, in order.
    pub members: Vec<Member>,
    attesters: Vec<Attester>,
    bundles: Arc<Bundles>,
    folder: PathBuf,
    /// Whether exports stay where they were written after they were contributed.
    keep_exports: bool,
    clock: Clock,
    devnet: Option<Devnet>,
    /// What was read of the chain so far: only what is new is read again.
    history: Mutex<Option<History>>,
}

/// The buyer's key, as it is written in a key file.
pub const BUYER: &str = "//Bob";

/// The purposes of the demonstration pool.
pub const PURPOSES: [&str; 2] =
    ["Training models that recommend or describe music", "Academic research on listening, published in the open"];

/// How many members allow purpose 1, too.
pub const RESEARCHED: u32 = 50;

/// Periods and fees of the demonstration pool: seconds where a real pool has days, and more of them for more members,
/// as every member takes time to vote.
pub fn settings(members: u32) -> NewPool {
    let more = u64::from(members) / 4;
    NewPool {
        purposes: PURPOSES.map(String::from).to_vec(),
        threshold: 2,
        daily_weight_cap: 1_000_000_000,
        voting: VotingSettings { voting_period_s: 30 + more, quorum_min: Points(1), ..VotingSettings::default() },
        offers: OfferSettings {
            listing_fee: Amount(UNIT),
            reserve_per_million: Amount(UNIT),
            cohort_min: 1,
            opt_out_s: 8,
            period_min_s: 20,
            period_max_s: DAY_S,
            ruling_s: 60,
            ..OfferSettings::default()
        },
        proposals: ProposalSettings { timelock_s: 10, grace_s: DAY_S },
        ..NewPool::default()
    }
}

impl Stage {
    /// Starts or joins the chain and deploys a pool with three attesters, of whom two must sign. Files go to `folder`.
    pub async fn set(place: Where, settings: NewPool, folder: &Path) -> anyhow::Result<Self> {
        let (url, devnet) = match place {
            Where::Node(url) => (url, None),
            Where::Embedded(config) => {
                let devnet = Devnet::start(config).await?;
                (devnet.url(), Some(devnet))
            }
        };
        let client = Client::connect(&url).await?.with_explanations(explain_revert);
        let officers = Officers {
            deployer: Key::from_uri("//Alice")?,
            buyer: Key::from_uri(BUYER)?,
            buyer_identity: Identity::generate(),
            custodian: Key::from_uri("//Charlie")?,
            custodian_identity: Identity::generate(),
            arbiter: Key::from_uri("//Dave")?,
            guardian: Key::from_uri("//Eve")?,
            keeper: Key::from_uri("//Ferdie")?,
        };
        let nullifier = NullifierKey::random()?;
        let attester_keys = (0..3)
            .map(|_| attester::Keys::generate(Some(NullifierKey::from_bytes(*nullifier.reveal()))))
            .collect::<anyhow::Result<Vec<_>>>()?;
        let settings = NewPool {
            attesters: attester_keys.iter().map(|keys| keys.card().address).collect(),
            custodians: vec![officers.custodian.address()],
            arbiters: vec![officers.arbiter.address()],
            guardian: officers.guardian.address(),
            ..settings
        };
        let code = Code::embedded();
        let deployment = deploy::deploy(&client, &officers.deployer, code, &settings, |_, _| {}).await?;
        let pool = Pool::open(client, deployment).await?;
        let attesters = attester_keys.into_iter().map(|keys| Attester::new(keys, pool.clone(), None)).collect();
        let clock = if devnet.is_some() { Clock::Travels } else { Clock::Waits };
        let folder = folder.to_owned();
        std::fs::create_dir_all(folder.join("bundles"))?;
        let bundles = Arc::new(Bundles::new(officers.custodian_identity.clone()));
        Ok(Self {
            pool,
            officers,
            members: Vec::new(),
            attesters,
            bundles,
            folder,
            keep_exports: true,
            clock,
            devnet,
            history: Mutex::default(),
        })
    }

    /// Removes each export as soon as it is contributed: those of thousands of people fill a disk.
    pub fn discard_exports(&mut self) {
        self.keep_exports = false;
    }

    /// Generates exports of `count` people and contributes them, allowing every purpose. `each` hears of each one done.
    ///
    /// Every export goes the whole way: read, minimised, committed to, sealed to two attesters, checked and signed by
    /// them, bundled for the custodian, and attested on chain by the member. Half of them have Ethereum keys.
    pub async fn contribute(&mut self, count: u32, each: impl Fn()) -> anyhow::Result<()> {
        let first = self.members.len() as u32;
        let keys = (first..first + count).map(member_key).collect::<anyhow::Result<Vec<_>>>()?;
        self.join(keys, Fees::Own, each).await
    }

    /// As [`Stage::contribute`], by people who hold no money of any kind: they sign, and the keeper relays.
    pub async fn contribute_penniless(&mut self, count: u32) -> anyhow::Result<()> {
        let first = self.members.len() as u32;
        let keys = (first..first + count).map(member_key).collect::<anyhow::Result<Vec<_>>>()?;
        self.join(keys, Fees::Relayed, || {}).await
    }

    async fn join(&mut self, keys: Vec<Key>, fees: Fees, each: impl Fn()) -> anyhow::Result<()> {
        let now = self.pool.client().timestamp(None).await?;
        let first = self.members.len() as u32;
        let context = Arc::new(Contributing {
            pool: self.pool.clone(),
            attesters: self.attesters[..2].to_vec(),
            custodian: self.officers.custodian_identity.to_public(),
            folder: self.folder.clone(),
            today: u32::try_from(now / DAY_S)?,
            fees,
            keep_export: self.keep_exports,
        });
        let mut acts = Vec::new();
        for (keys, first) in keys.chunks(FUNDED_TOGETHER).zip((first..).step_by(FUNDED_TOGETHER)) {
            if fees == Fees::Own {
                self.fund(keys).await?;
            }
            let mut done = futures::stream::iter(keys.iter().cloned().zip(first..))
                .map(|(key, index)| tokio::spawn(context.clone().contribute(key, index)))
                .buffered(AT_ONCE);
            while let Some(contributed) = done.next().await {
                let Contributed { member, commitment, bundle, act } =
                    contributed.context("a contribution stopped").flatten()?;
                Arc::get_mut(&mut self.bundles).context("the bundles are in use")?.insert(commitment, bundle);
                self.members.push(member);
                acts.extend(act);
                each();
            }
        }
        self.relay(&acts).await
    }

    /// Relays signed acts, each of which must be accepted.
    pub async fn relay(&self, acts: &[SignedAct]) -> anyhow::Result<()> {
        let outcomes = relay::relay(&self.pool, &self.officers.keeper, acts, |_| {}).await?;
        for (act, outcome) in acts.iter().zip(&outcomes) {
            ensure!(matches!(outcome, Outcome::Accepted { .. }), "{} of {}: {outcome:?}", act.act.name(), act.signer);
        }
        Ok(())
    }

    /// Signs what `choose` gives for each member's index, and relays it.
    pub async fn sign_and_relay(&self, choose: impl Fn(usize) -> Option<Act>) -> anyhow::Result<()> {
        let mut acts = Vec::new();
        for (index, member) in self.members.iter().enumerate() {
            if let Some(act) = choose(index) {
                acts.push(SignedAct::sign(&self.pool, &member.key, act, None).await?);
            }
        }
        self.relay(&acts).await
    }

    /// Has the members decide on calls of the DAO's own: one proposes, all vote for it, the keeper executes it in time.
    pub async fn decide(&self, calls: &[Call]) -> anyhow::Result<B256> {
        let now = self.pool.client().timestamp(None).await?;
        self.pass(now + 2).await?;
        let proposer = &self.members.first().context("nobody can propose")?.key;
        let (id, _) = proposals::propose(&self.pool, proposer, calls, "the play's").await?;
        self.vote(id, |_| Some(Support::For), || {}).await?;
        let from = self.pool.view(Contract::Escrow, &escrow::proposalTimesCall { proposal: id }, None).await?;
        self.pass(from.executable_from).await?;
        proposals::execute(&self.pool, &self.officers.keeper, id).await?;
        Ok(id)
    }

    async fn fund(&self, keys: &[Key]) -> anyhow::Result<()> {
        let gifts: Vec<_> = keys.iter().map(|key| (key.account(), U256::from(POCKET_MONEY))).collect();
        self.pool.client().transfer_all(&self.officers.deployer, &gifts).await?;
        Ok(())
    }

    /// Terms that every default of this stage fulfils: `price` for purpose 0, day, track and artist only.
    pub fn terms(&self, price: u128) -> Terms {
        Terms {
            currency: actions::NATIVE,
            price,
            purpose: 0,
            fields_hash: B256::from(fields().hash()),
            licence_hash: actions::text_hash("Use for the purpose named; no attempt to find out who anybody is."),
            min_members: 1,
            min_weight: 1,
            custodian: self.officers.custodian.address(),
            arbiter: self.officers.arbiter.address(),
            // A second for each member is many times what it takes to assemble, and to check, what they deliver.
            delivery_s: 60 + self.members.len() as u64,
            dispute_s: 60 + self.members.len() as u64,
            salt: B256::ZERO,
        }
    }

    /// Makes an offer, a second after everybody's last act, so that all their votes count.
    pub async fn offer(&self, terms: &Terms) -> anyhow::Result<B256> {
        let now = self.pool.client().timestamp(None).await?;
        self.pass(now + 2).await?;
        Ok(actions::offer(&self.pool, &self.officers.buyer, terms).await?.0)
    }

    /// Casts the votes that `choose` gives for each member's index. `each` hears of each one cast.
    pub async fn vote(
        &self,
        offer: B256,
        choose: impl Fn(usize) -> Option<Support>,
        each: impl Fn(),
    ) -> anyhow::Result<()> {
        let votes = self.members.iter().enumerate().filter_map(|(index, member)| Some((member, choose(index)?)));
        futures::stream::iter(votes.collect::<Vec<_>>())
            .map(|(member, support)| async move { actions::cast_vote(&self.pool, &member.key, offer, support).await })
            .buffer_unordered(IN_FLIGHT)
            .try_for_each(|_| {
                each();
                futures::future::ok(())
            })
            .await
    }

    /// Lets the members that `choose` names leave the sale of an offer. Returns how many did.
    pub async fn leave(&self, offer: B256, choose: impl Fn(usize) -> bool) -> anyhow::Result<u32> {
        let sale = self.offer_facts(offer).await?.1.conditions.sale;
        let leaving = self.members.iter().enumerate().filter(|(index, _)| choose(*index));
        futures::stream::iter(leaving.collect::<Vec<_>>())
            .map(|(_, member)| actions::leave(&self.pool, &member.key, sale))
            .buffer_unordered(IN_FLIGHT)
            .try_fold(0, |left, _| futures::future::ok(left + 1))
            .await
    }

    /// Assembles and delivers what an offer is about. `progress` hears of members: how many, of how many. Returns the
    /// encrypted file.
    pub async fn deliver(
        &self,
        offer: B256,
        progress: impl FnMut(u32, u32) + Send + 'static,
    ) -> anyhow::Result<PathBuf> {
        let (record, facts) = self.offer_facts(offer).await?;
        let out = self.folder.join(format!("{offer}.delivery"));
        let officers = &self.officers;
        let (bundles, file, buyer) = (self.bundles.clone(), out.clone(), officers.buyer_identity.to_public());
        let made = tokio::task::spawn_blocking(move || {
            custody::assemble(&record, &facts, &fields(), &bundles, &buyer, &file, progress)
        });
        let made = made.await.context("assembling stopped")??;
        let (bundle_hash, manifest_root) = (B256::from(made.bundle_hash.0), B256::from(made.manifest_root.0));
        actions::deliver(&self.pool, &officers.custodian, offer, bundle_hash, manifest_root).await?;
        Ok(out)
    }

    /// Checks a delivery as its buyer: every field of every row. `progress` hears of members: how many, of how many.
    /// Returns how many rows there are.
    pub async fn check_delivery(
        &self,
        offer: B256,
        file: &Path,
        progress: impl FnMut(u32, u32) + Send + 'static,
    ) -> anyhow::Result<u64> {
        let (record, facts) = self.offer_facts(offer).await?;
        let (file, identity) = (file.to_owned(), self.officers.buyer_identity.clone());
        let delivered =
            tokio::task::spawn_blocking(move || custody::check(&record, &facts, &fields(), &file, &identity, progress));
        Ok(delivered.await.context("checking stopped")??.rows)
    }

    /// Does what is due, as a keeper. `progress` hears of members settled: how many, of how many.
    pub async fn keep(&self, progress: impl FnMut(u32, u32)) -> anyhow::Result<Vec<keeper::Done>> {
        let mut history = self.history.lock().await;
        keeper::step(&self.pool, &self.officers.keeper, &mut history, progress).await
    }

    /// What the chain's events say of everything.
    pub async fn record(&self) -> anyhow::Result<Record> {
        let mut history = self.history.lock().await;
        match &mut *history {
            Some(history) => history.extend(&self.pool).await?,
            None => *history = Some(History::read(&self.pool, |_, _| {}).await?),
        }
        Ok(history.as_ref().map(Record::replay).unwrap_or_default())
    }

    /// Forgets what was read of the chain, to give its memory back.
    pub async fn forget_history(&self) {
        *self.history.lock().await = None;
    }

    /// What the chain's events say of an offer.
    pub async fn offer_facts(&self, offer: B256) -> anyhow::Result<(Record, Offer)> {
        let record = self.record().await?;
        ensure!(
            record.contradictions.is_empty(),
            "the chain's events contradict each other: {:?}",
            record.contradictions
        );
        let facts = record.offers.get(&offer).with_context(|| format!("there is no offer {offer}"))?.clone();
        Ok((record, facts))
    }

    /// Where an offer stands.
    pub async fn status(&self, offer: B256) -> anyhow::Result<Status> {
        actions::status_of(&self.pool, offer, None).await
    }

    /// Lets time pass until the chain's clock shows `until`, in unix seconds.
    pub async fn pass(&self, until: u64) -> anyhow::Result<()> {
        let client = self.pool.client();
        if client.timestamp(None).await? >= until {
            return Ok(());
        }
        match self.clock {
            Clock::Travels => {
                client.request::<()>("dev_setTime", &[until.into()]).await?;
                client.request::<serde_json::Value>("dev_mine", &[]).await?;
            }
            Clock::Waits => {
                while client.timestamp(None).await? < until {
                    tokio::time::sleep(Duration::from_millis(200)).await;
                }
            }
        }
        Ok(())
    }

    /// Where exports, bundles and deliveries are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The embedded chain, if this stage has one.
    pub fn devnet(&self) -> Option<&Devnet> {
        self.devnet.as_ref()
    }

    /// Ends the embedded chain.
    pub async fn strike(self) {
        if let Some(devnet) = self.devnet {
            devnet.stop().await;
        }
    }
}

/// The fields that demonstration offers ask for.
pub fn fields() -> FieldList {
    "day,track,artist".parse().expect("a list of known fields")
}

/// The key of generated person `index`.
pub fn member_key(index: u32) -> anyhow::Result<Key> {
    Key::from_uri(&written_key(index))
}

/// That key as a key file holds it; everybody can compute it. It is an Ethereum account's where `index` is odd.
pub fn written_key(index: u32) -> String {
    match index % 2 {
        0 => format!("//Chorus//member//{index}"),
        _ => format!("eth:0x{:064x}", 0xC0DE_0000 + index),
    }
}

/// Who pays the fees of a contribution.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fees {
    /// The member, who is given the money for it.
    Own,
    /// The keeper, who relays what the member signed.
    Relayed,
}

/// What every contribution needs.
struct Contributing {
    pool: Pool,
    attesters: Vec<Attester>,
    custodian: age::x25519::Recipient,
    folder: PathBuf,
    today: u32,
    fees: Fees,
    keep_export: bool,
}

/// What came of a contribution.
struct Contributed {
    member: Member,
    commitment: [u8; 32],
    bundle: PathBuf,
    /// What is still to be relayed.
    act: Option<SignedAct>,
}

/// An export, read: the sealed request to the attesters, and what is known of it before they answer.
struct Prepared {
    request: Vec<u8>,
    commitment: [u8; 32],
    weight: u32,
    rows: u64,
    bundle: PathBuf,
}

impl Contributing {
    async fn contribute(self: Arc<Self>, key: Key, index: u32) -> anyhow::Result<Contributed> {
        let worker = self.clone();
        let owner = key.clone();
        // Reading, hashing and encrypting is computation: off the threads that wait for the network.
        let prepared =
            tokio::task::spawn_blocking(move || worker.prepare(&owner, index)).await.context("preparing stopped")?;
        let Prepared { request, commitment, weight, rows, bundle } = prepared?;
        // Research is allowed by the first members alone, so that there is a small sale beside the large one.
        let purposes = if index < RESEARCHED { 0b11 } else { 0b01 };
        let signed =
            futures::future::try_join_all(self.attesters.iter().map(|one| one.attest(request.clone()))).await?;
        let attested = SignedAttestation::combine(signed)?;
        ensure!(attested.weight == weight, "the attesters weighed {} and the member {weight}", attested.weight);
        let act = match self.fees {
            Fees::Relayed => {
                let act = Act::Contribute { attested, purposes };
                Some(SignedAct::sign(&self.pool, &key, act, None).await?)
            }
            Fees::Own => {
                actions::attest(&self.pool, &key, &attested, purposes).await?;
                None
            }
        };
        Ok(Contributed { member: Member { key, weight, rows }, commitment, bundle, act })
    }

    fn prepare(&self, key: &Key, index: u32) -> anyhow::Result<Prepared> {
        let (format, packing) = match index % 4 {
            0 => (Format::Extended, Packing::Zip),
            1 => (Format::Account, Packing::Zip),
            2 => (Format::Extended, Packing::Folder),
            _ => (Format::Account, Packing::Folder),
        };
        let size = Size::modest(self.today - 1);
        let export = generator::generate(index, 7, size, format, packing, &self.folder.join("exports"))?;
        let secret = contribute::member_secret(key);
        let prepared =
            chorus_contribution::fs::prepare(std::slice::from_ref(&export.path), &secret, self.today, |_| {})?;
        if !self.keep_export {
            let own = export.path.parent().context("an export has a folder of its own")?;
            std::fs::remove_dir_all(own).with_context(|| format!("cannot remove {}", own.display()))?;
        }
        let cards: Vec<Card> = self.attesters.iter().map(Attester::card).collect();
        let request = contribute::seal_request(&prepared, key.address(), &cards)?;
        let bundle = self.folder.join("bundles").join(contribute::bundle_name(&prepared.commitment));
        contribute::write_bundle(&prepared, key.address(), &self.custodian, &bundle)?.finish()?;
        let (commitment, weight, rows) = (prepared.commitment, prepared.weight, prepared.summary.kept);
        Ok(Prepared { request, commitment, weight, rows, bundle })
    }
}
