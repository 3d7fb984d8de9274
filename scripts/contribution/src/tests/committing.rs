//! Commitments: what they depend on, and opening single rows and fields.

use super::{
    commitment::{Opening, commit, open},
    *,
};

#[test]
fn the_commitment_depends_on_rows_and_secret_alone() {
    let folder = Folder::new();
    let mut rows = history(50);
    let one = folder.rows("one/a.json", &rows);
    rows.reverse();
    folder.rows("two/b.json", &rows[..20]);
    folder.rows("two/a.json", &rows[10..]);
    let commitment = prepare_all(&[&one]).unwrap().commitment;
    assert_eq!(prepare_all(&[&folder.path("two")]).unwrap().commitment, commitment);
    let other = prepare(&[one], &MemberSecret::from_bytes([8; 32]), TODAY, |_| {}).unwrap();
    assert_ne!(other.commitment, commitment);
    assert_ne!(contribution(49).commitment, commitment);
}

#[test]
fn a_secret_can_come_from_a_wallet_or_from_the_system() {
    let rows = contribution(3).rows;
    let of = |secret: &MemberSecret| commit(&rows, &SaltKey::new(secret, &rows)).unwrap();
    assert_eq!(of(&MemberSecret::derive(b"wallet")), of(&MemberSecret::derive(b"wallet")));
    assert_ne!(of(&MemberSecret::derive(b"wallet")), of(&MemberSecret::derive(b"other")));
    assert_ne!(of(&MemberSecret::random().unwrap()), of(&MemberSecret::random().unwrap()));
}

/// A changed contribution shares no salt with the old one, so a salt that was opened says nothing about a new value.
#[test]
fn a_replaced_contribution_has_new_salts() {
    let (old, new) = (contribution(3), contribution(4));
    let salt = |of: &Prepared| of.salt_key.field_key(Field::Track).salt(0);
    assert_ne!(salt(&old), salt(&new));
}

/// The whole recipe of the module's documentation, spelled out once more with hashes alone.
#[test]
fn anyone_can_recompute_a_commitment_of_one_row() {
    use chorus_core::hash::{Keccak as _, Software};
    use sha2::{Digest as _, Sha256};

    let one = contribution(1);
    let mut row = vec![4];
    for (number, value) in [
        b"\x01\0\0\x3b\xec".to_vec(), // 1 January 2012 is day 15,340.
        b"\x01\0\x03\x0d\x40".to_vec(),
        b"\x01track0".to_vec(),
        b"\x01Artist".to_vec(),
        b"\x01Album".to_vec(),
        b"\x01spotify:track:track0".to_vec(),
        b"\x01clickrow".to_vec(),
        b"\x01trackdone".to_vec(),
        b"\x01\0".to_vec(),
        b"\0".to_vec(),
        b"\x01\0".to_vec(),
        b"\x01\0".to_vec(),
    ]
    .into_iter()
    .enumerate()
    {
        let salt = one.salt_key.field_key(Field::ALL[number]).salt(0);
        let field = [&[3, u8::try_from(number).unwrap()], salt.as_slice(), &value].concat();
        row.extend_from_slice(&Sha256::digest(&field));
    }
    let leaf = [&[0], Sha256::digest(&row).as_slice()].concat();
    assert_eq!(Software::keccak(&leaf), one.commitment);
}

#[test]
fn single_rows_and_single_fields_can_be_opened() {
    let all = contribution(23);
    let fields: FieldList = "artist,day".parse().unwrap();
    for row in 0..23 {
        let opening = open(&all.rows, &all.salt_key, row, &fields).unwrap();
        opening.verify(&all.commitment).unwrap();
        let text = serde_json::to_string(&opening).unwrap();
        assert!(text.contains("Artist") && !text.contains("track"), "{text}");
        serde_json::from_str::<Opening>(&text).unwrap().verify(&all.commitment).unwrap();
    }
    assert!(open(&all.rows, &all.salt_key, 23, &fields).is_err());
    open(&all.rows, &all.salt_key, 5, &FieldList::all()).unwrap().verify(&all.commitment).unwrap();
}

#[test]
fn a_changed_opening_is_refused() {
    let all = contribution(9);
    let honest = open(&all.rows, &all.salt_key, 4, &"track,skipped,ms_played".parse().unwrap()).unwrap();
    let check = |change: &dyn Fn(&mut Opening)| {
        let mut opening = honest.clone();
        change(&mut opening);
        assert!(opening.verify(&all.commitment).is_err(), "{opening:?}");
    };
    check(&|opening| opening.values[1] = Value::Text("other".into()));
    check(&|opening| opening.values[1] = Value::Absent);
    check(&|opening| opening.values[2] = Value::Flag(false));
    // Exactly the bytes of 200,000 ms, as a text.
    check(&|opening| opening.values[0] = Value::Text("\0\u{3}\r@".into()));
    check(&|opening| opening.values.truncate(2));
    check(&|opening| opening.salts[0].0[0] ^= 1);
    check(&|opening| opening.salts.truncate(2));
    check(&|opening| opening.hidden[0].0[0] ^= 1);
    check(&|opening| opening.hidden.truncate(8));
    check(&|opening| opening.hidden.push(Hex([0; 32])));
    check(&|opening| opening.hidden.swap(0, 1));
    check(&|opening| opening.row = 5);
    check(&|opening| opening.rows = 4);
    check(&|opening| opening.proof.truncate(3));
    check(&|opening| opening.fields = "artist,skipped,day".parse().unwrap());
    assert!(honest.verify(&contribution(8).commitment).is_err());
}

/// Without its salt, the hash of a hidden field cannot be used to test a guess.
#[test]
fn a_hidden_field_cannot_be_guessed() {
    let all = contribution(2);
    let opening = open(&all.rows, &all.salt_key, 0, &"artist".parse().unwrap()).unwrap();
    let hidden = opening.hidden[2].0;
    let value = Value::Text("track0".into());
    let salt = all.salt_key.field_key(Field::Track).salt(0);
    assert_eq!(commitment::field_hash(Field::Track, &salt, &value), hidden);
    for wrong in [[0; 16], opening.salts[0].0, all.salt_key.field_key(Field::Track).salt(1)] {
        assert_ne!(commitment::field_hash(Field::Track, &wrong, &value), hidden);
    }
}
