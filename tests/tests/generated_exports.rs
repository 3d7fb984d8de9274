//! The contribution pipeline on generated exports, whose truth is known.

use std::{collections::HashMap, fs, path::Path};

use chorus_contribution::{
    FieldList, MemberSecret, NullifierKey, Prepared, Skipped, attestation, bundle,
    delivery::{self, Expected, Member},
    fs::prepare,
};
use chorus_tests::generator::{Format, Generated, Packing, Size, generate};

const LAST_DAY: u32 = 20_605;
const SEED: u64 = 42;

fn make(index: u32, size: Size, format: Format, packing: Packing, out: &Path) -> (Generated, Prepared) {
    let truth = generate(index, SEED, size, format, packing, out).unwrap();
    let secret = MemberSecret::derive(&index.to_be_bytes());
    let prepared = prepare(std::slice::from_ref(&truth.path), &secret, LAST_DAY, |_| {});
    (truth, prepared.unwrap_or_else(|error| panic!("person {index}, {format:?}: {error}")))
}

#[test]
fn the_pipeline_finds_the_truth_about_every_export() {
    let out = tempfile::tempdir().unwrap();
    let years = Size { days: 800, ..Size::modest(LAST_DAY) };
    for index in 0..40 {
        for format in [Format::Extended, Format::Account] {
            let packing = if index % 2 == 0 { Packing::Zip } else { Packing::Folder };
            let size = if index % 5 == 0 { years } else { Size::modest(LAST_DAY) };
            let place = out.path().join(format!("{format:?}"));
            let (truth, prepared) = make(index, size, format, packing, &place);
            let found = &prepared.summary;
            let skipped = Skipped {
                podcast: truth.podcasts,
                audiobook: truth.audiobooks,
                video: truth.videos,
                null_track: truth.null_tracks,
                duplicate: truth.duplicates,
            };
            assert_eq!(found.skipped, skipped, "person {index}, {format:?}");
            assert_eq!((found.rows, found.kept), (truth.rows, truth.plays), "person {index}, {format:?}");
            assert_eq!(prepared.account.reveal(), truth.account);
            assert!(found.weight > 0 && found.kept > 30);
        }
    }
}

#[test]
fn t14_both_formats_of_one_person_name_one_account() {
    let out = tempfile::tempdir().unwrap();
    let key = NullifierKey::from_bytes([3; 32]);
    for index in 0..6 {
        let size = Size::modest(LAST_DAY);
        let nullifier = |format| {
            let place = out.path().join(format!("{format:?}"));
            key.nullifier(&make(index, size, format, Packing::Folder, &place).1.account)
        };
        assert_eq!(nullifier(Format::Extended), nullifier(Format::Account));
    }
}

/// Giving both downloads counts no play twice.
#[test]
fn both_downloads_together_weigh_what_the_longer_one_weighs() {
    for index in 0..6 {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let size = Size::modest(LAST_DAY);
        let (_, alone) = make(index, size, Format::Extended, Packing::Zip, one.path());
        make(index, size, Format::Account, Packing::Zip, two.path());
        let paths = [one.path().to_owned(), two.path().to_owned()];
        let secret = MemberSecret::derive(&index.to_be_bytes());
        let both = prepare(&paths, &secret, LAST_DAY, |_| {}).unwrap();
        assert_eq!(both.rows, alone.rows);
        assert_eq!(both.commitment, alone.commitment);
    }
}

#[test]
fn the_same_seed_makes_the_same_files_and_another_seed_others() {
    let [one, two, three] = std::array::from_fn(|_| tempfile::tempdir().unwrap());
    let read = |seed, out: &Path| {
        let size = Size::modest(LAST_DAY);
        let made = generate(1, seed, size, Format::Extended, Packing::Zip, out).unwrap();
        fs::read(made.path).unwrap()
    };
    assert_eq!(read(1, one.path()), read(1, two.path()));
    assert_ne!(read(1, one.path()), read(2, three.path()));
}

#[test]
fn people_hear_few_artists_often_and_many_once() {
    let out = tempfile::tempdir().unwrap();
    let size = Size { days: 1000, rows_per_day: 10.0, last_day: LAST_DAY };
    let (_, prepared) = make(1, size, Format::Extended, Packing::Folder, out.path());
    let mut plays: HashMap<&str, usize> = HashMap::new();
    for play in &prepared.rows {
        *plays.entry(&play.artist).or_default() += 1;
    }
    let mut counts: Vec<_> = plays.into_values().collect();
    counts.sort_unstable_by(|a, b| b.cmp(a));
    let top: usize = counts.iter().take(counts.len() / 10).sum();
    assert!(top * 2 > prepared.rows.len(), "a tenth of the artists gets more than half of the plays");
    assert!(counts.iter().filter(|count| **count == 1).count() > counts.len() / 10);
}

#[test]
fn every_export_says_that_its_person_is_generated() {
    let out = tempfile::tempdir().unwrap();
    let size = Size::modest(LAST_DAY);
    let made = generate(7, SEED, size, Format::Account, Packing::Folder, out.path()).unwrap();
    assert!(made.account.starts_with("generated-"));
    assert!(fs::read_to_string(made.path.join("GENERATED.txt")).unwrap().contains("does not exist"));
}

/// Ten generated people, from their exports to a buyer's check of every row.
#[test]
fn a_delivery_of_generated_people_is_checked_row_by_row() {
    let out = tempfile::tempdir().unwrap();
    let [attester, pool, buyer] = std::array::from_fn(|_| age::x25519::Identity::generate());
    let key = NullifierKey::random().unwrap();
    let mut members = Vec::new();
    let mut bundles = Vec::new();
    for index in 0..10 {
        let format = if index % 2 == 0 { Format::Extended } else { Format::Account };
        let (_, prepared) = make(index, Size::modest(LAST_DAY), format, Packing::Zip, out.path());
        let member = [index as u8; 20];
        let request = attestation::request(&prepared, member, &[attester.to_public()], Vec::new()).unwrap();
        let verdict = attestation::check(&request[..], &attester, &key, LAST_DAY).unwrap();
        assert_eq!(verdict.commitment.0, prepared.commitment);
        assert_eq!(verdict.weight, prepared.weight);
        members.push(Member { number: index, commitment: verdict.commitment.0 });
        bundles.push(bundle::write(&prepared, member, &pool.to_public(), Vec::new()).unwrap());
    }
    let fields: FieldList = "day,track,artist,ms_played".parse().unwrap();
    let mut sealed = Vec::new();
    let open = |member: &Member| Ok(&bundles[member.number as usize][..]);
    let delivered =
        delivery::assemble([1; 32], &fields, &members, open, &pool, &buyer.to_public(), &mut sealed).unwrap();
    let expected = Expected {
        offer: [1; 32],
        fields: &fields,
        members: &members,
        manifest_root: delivered.manifest_root.0,
        bundle_hash: delivered.bundle_hash.0,
    };
    let mut rows = 0;
    delivery::verify(&sealed[..], &buyer, &expected, |_, _| {
        rows += 1;
        Ok(())
    })
    .unwrap();
    assert_eq!(rows, delivered.rows);
}
