//! The custodian's side of a delivery, and the buyer's check of it.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufReader, BufWriter},
    path::{Path, PathBuf},
};

use age::x25519::{Identity, Recipient};
use anyhow::{Context as _, ensure};
use chorus_bindings::B256;
use chorus_client::{
    keys,
    record::{Offer, Record},
};
use chorus_contribution::{
    FieldList,
    bundle::Bundle,
    delivery::{self, Delivered, Expected, Member},
};

use crate::files::Unfinished;

/// Members' bundles, by commitment, and the key that opens them.
pub struct Bundles {
    pool: Identity,
    by_commitment: HashMap<[u8; 32], PathBuf>,
}

impl Bundles {
    /// No bundles yet, of members who encrypt to `pool`.
    pub fn new(pool: Identity) -> Self {
        Self { pool, by_commitment: HashMap::new() }
    }

    /// Looks into every `.bundle` file in a folder. A bundle that cannot be opened is an error that names it.
    pub fn in_folder(folder: &Path, pool: Identity) -> anyhow::Result<Self> {
        let mut bundles = Self::new(pool);
        let files =
            std::fs::read_dir(folder).with_context(|| format!("cannot read the folder {}", folder.display()))?;
        for file in files {
            let path = file?.path();
            if path.extension().is_some_and(|extension| extension == "bundle") {
                let bundle =
                    Bundle::open(open(&path)?, &bundles.pool).with_context(|| format!("in {}", path.display()))?;
                bundles.by_commitment.insert(bundle.commitment().0, path);
            }
        }
        Ok(bundles)
    }

    /// Adds a bundle.
    pub fn insert(&mut self, commitment: [u8; 32], path: PathBuf) {
        self.by_commitment.insert(commitment, path);
    }

    fn open(&self, member: &Member) -> Result<BufReader<File>, chorus_contribution::Error> {
        let missing = || std::io::Error::new(std::io::ErrorKind::NotFound, "there is no bundle of this commitment");
        let path = self.by_commitment.get(&member.commitment).ok_or_else(missing);
        let file =
            path.and_then(File::open).map_err(|error| chorus_contribution::Error::reading("the bundle", error))?;
        Ok(BufReader::new(file))
    }
}

fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    Ok(BufReader::new(File::open(path).with_context(|| format!("cannot read {}", path.display()))?))
}

/// An age identity from a file that only its owner may read.
pub fn read_identity(path: &Path) -> anyhow::Result<Identity> {
    let text = keys::read_secret(path)?;
    let line = text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-"));
    line.and_then(|line| line.parse().ok())
        .with_context(|| format!("{} does not hold an age identity: make one with `chorus keygen age`", path.display()))
}

/// The members in the sale of an offer, as a manifest lists them: by number, each with the commitment that the sale
/// holds them to.
///
/// # Errors
/// When their count and weight differ from those that were sealed.
pub fn members(record: &Record, offer: &Offer) -> anyhow::Result<Vec<Member>> {
    let sale = record.sale_of(offer).context("the offer's sale is unknown")?;
    if let Some((_, sealed)) = &offer.sealed {
        let (counted, announced) = (sale.totals(), (sealed.total_weight, sealed.members));
        ensure!(
            counted == announced,
            "the chain's events add up to weight and members {counted:?}, but the contract sealed {announced:?}: do \
             not deliver, and run `chorus audit`"
        );
    }
    Ok(sale.remaining().map(|(number, member)| Member { number, commitment: member.commitment.0 }).collect())
}

/// Assembles the delivery of `fields` for an offer and encrypts it to the buyer, into a file that appears under its
/// name once it is finished. `progress` hears of members: how many, of how many.
///
/// # Errors
/// When the offer names other fields, or a member's bundle is missing or broken; no file is left behind then.
pub fn assemble(
    record: &Record,
    offer: &Offer,
    fields: &FieldList,
    bundles: &Bundles,
    buyer: &Recipient,
    out: &Path,
    mut progress: impl FnMut(u32, u32),
) -> anyhow::Result<Delivered> {
    check_fields(offer, fields)?;
    let members = members(record, offer)?;
    let (mut begun, of) = (0, members.len() as u32);
    let (id, mut file) = (offer.made.offer, Unfinished::create(out)?);
    let open = |member: &Member| {
        begun += 1;
        progress(begun, of);
        bundles.open(member)
    };
    let writer = BufWriter::new(&mut file);
    let delivered = delivery::assemble(id.0, fields, &members, open, &bundles.pool, buyer, writer)?;
    file.finish()?;
    Ok(delivered)
}

/// Checks a delivery as its buyer does: every field of every row of every member, against what the chain says.
/// `progress` hears of members: how many, of how many.
pub fn check(
    record: &Record,
    offer: &Offer,
    fields: &FieldList,
    delivery: &Path,
    buyer: &Identity,
    mut progress: impl FnMut(u32, u32),
) -> anyhow::Result<Delivered> {
    check_fields(offer, fields)?;
    let (_, delivered) = offer.delivered.as_ref().context("nothing was delivered for this offer yet")?;
    let members = members(record, offer)?;
    let (mut last, mut begun) = (None, 0);
    let each_row = |number, _: &[_]| {
        if last.replace(number) != Some(number) {
            begun += 1;
            progress(begun, members.len() as u32);
        }
        Ok(())
    };
    let expected = Expected {
        offer: offer.made.offer.0,
        fields,
        members: &members,
        manifest_root: delivered.manifest_root.0,
        bundle_hash: delivered.bundle_hash.0,
    };
    Ok(delivery::verify(open(delivery)?, buyer, &expected, each_row)?)
}

fn check_fields(offer: &Offer, fields: &FieldList) -> anyhow::Result<()> {
    ensure!(
        B256::from(fields.hash()) == offer.made.fields_hash,
        "the offer names other fields than {fields}: give the list it was made with"
    );
    Ok(())
}
