//! Deliveries: assembled by the custodian, checked by the buyer, forged by a liar.

use super::{
    delivery::{Delivered, Expected, Member, assemble, manifest_root, verify},
    sealed::seal,
    *,
};

const OFFER: Hash32 = [0x0f; 32];

/// A sale with three members, of five, six and seven rows.
struct Sale {
    pool: Identity,
    buyer: Identity,
    fields: FieldList,
    members: Vec<Member>,
    bundles: Vec<Vec<u8>>,
}

impl Sale {
    fn new(fields: &str) -> Self {
        let pool = Identity::generate();
        let mut members = Vec::new();
        let mut bundles = Vec::new();
        for number in [2, 5, 9] {
            let prepared = contribution(number + 3);
            members.push(Member { number, commitment: prepared.commitment });
            bundles.push(bundle::write(&prepared, MEMBER, &pool.to_public(), Vec::new()).unwrap());
        }
        Self { pool, buyer: Identity::generate(), fields: fields.parse().unwrap(), members, bundles }
    }

    fn assemble(&self) -> Result<(Vec<u8>, Delivered), Error> {
        let mut out = Vec::new();
        let open = |member: &Member| {
            let at = self.members.iter().position(|known| known == member).unwrap();
            Ok(&self.bundles[at][..])
        };
        let buyer = self.buyer.to_public();
        let delivered = assemble(OFFER, &self.fields, &self.members, open, &self.pool, &buyer, &mut out)?;
        Ok((out, delivered))
    }

    fn verify(&self, sealed: &[u8], delivered: &Delivered) -> Result<Vec<(u32, Vec<Value>)>, Error> {
        let expected = Expected {
            offer: OFFER,
            fields: &self.fields,
            members: &self.members,
            manifest_root: delivered.manifest_root.0,
            bundle_hash: delivered.bundle_hash.0,
        };
        let mut rows = Vec::new();
        let verified = verify(sealed, &self.buyer, &expected, |number, values| {
            rows.push((number, values.to_vec()));
            Ok(())
        })?;
        assert_eq!(&verified, delivered);
        Ok(rows)
    }

    /// Checks the error for a delivery that the custodian rewrote, announcing its hash honestly.
    #[track_caller]
    fn check_forged(&self, change: impl FnOnce(&mut Vec<Json>), words: &str) {
        let (sealed, mut delivered) = self.assemble().unwrap();
        let mut lines: Vec<Json> =
            decrypt(&sealed, &self.buyer).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        change(&mut lines);
        let forged =
            seal(&[self.buyer.to_public()], Vec::new(), |out| lines.iter().try_for_each(|line| out.line(line)))
                .unwrap();
        delivered.bundle_hash = Hex(<sha2::Sha256 as sha2::Digest>::digest(&forged).into());
        let error = refused(self.verify(&forged, &delivered));
        assert!(error.contains(words), "{words:?} is not in: {error}");
    }
}

#[test]
fn a_buyer_gets_the_allowed_fields_of_every_row_and_nothing_else() {
    let sale = Sale::new("day,artist,track");
    let (sealed, delivered) = sale.assemble().unwrap();
    assert_eq!((delivered.members, delivered.rows), (3, 5 + 8 + 12));
    assert_eq!(Some(delivered.manifest_root.0), manifest_root(&sale.members));
    let rows = sale.verify(&sealed, &delivered).unwrap();
    assert_eq!(rows.len(), 25);
    assert_eq!(rows[0].0, 2);
    assert_eq!(rows[24].0, 9);
    let text = |text: &str| Value::Text(text.into());
    assert_eq!(rows[1].1, [Value::Number(15_341), text("track1"), text("Artist")]);
    let plain = decrypt(&sealed, &sale.buyer);
    for hidden in ["Album", "spotify:track", "clickrow", "trackdone", "200000", "listener"] {
        assert!(!plain.contains(hidden), "{hidden}");
    }
}

#[test]
fn all_fields_and_single_fields_can_be_sold() {
    for field in Field::ALL {
        let sale = Sale::new(field.name());
        let (sealed, delivered) = sale.assemble().unwrap();
        assert_eq!(sale.verify(&sealed, &delivered).unwrap().len(), 25);
    }
    let sale = Sale::new(&FieldList::all().to_string());
    let (sealed, delivered) = sale.assemble().unwrap();
    sale.verify(&sealed, &delivered).unwrap();
}

#[test]
fn the_bundle_hash_is_that_of_the_file() {
    let (sealed, delivered) = Sale::new("day").assemble().unwrap();
    assert_eq!(delivered.bundle_hash.0, <[u8; 32]>::from(<sha2::Sha256 as sha2::Digest>::digest(&sealed)));
}

#[test]
fn a_bundle_of_another_member_stops_the_delivery_and_the_member_is_named() {
    let mut sale = Sale::new("day");
    sale.bundles.swap(1, 2);
    assert!(refused(sale.assemble()).starts_with("member 5: "));
    let mut sale = Sale::new("day");
    sale.bundles[2].truncate(300);
    assert!(refused(sale.assemble()).starts_with("member 9: "));
    let mut sale = Sale::new("day");
    sale.members.swap(0, 1);
    assert!(refused(sale.assemble()).contains("rising number"));
    sale.members.clear();
    assert!(refused(sale.assemble()).contains("no members"));
}

#[test]
fn a_bundle_whose_rows_are_not_those_committed_to_is_refused() {
    let pool = Identity::generate();
    let sealed = bundle::write(&contribution(5), MEMBER, &pool.to_public(), Vec::new()).unwrap();
    let mut lines: Vec<Json> =
        decrypt(&sealed, &pool).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines[3][1] = json!(200_001);
    let forged = seal(&[pool.to_public()], Vec::new(), |out| lines.iter().try_for_each(|line| out.line(line))).unwrap();
    let bundle = bundle::Bundle::open(&forged[..], &pool).unwrap();
    assert_eq!((bundle.member(), bundle.rows()), (Hex(MEMBER), 5));
    assert!(refused(bundle.read(|_, _| Ok(()))).contains("claims the commitment"));
}

#[test]
fn only_the_buyer_can_open_a_delivery_and_only_the_pool_a_bundle() {
    let sale = Sale::new("day");
    let (sealed, delivered) = sale.assemble().unwrap();
    let thief = Sale { buyer: Identity::generate(), ..Sale::new("day") };
    assert!(
        refused(
            thief.verify(
                &sealed,
                &Delivered { manifest_root: Hex(manifest_root(&thief.members).unwrap()), ..delivered }
            )
        )
        .contains("cannot decrypt")
    );
    assert!(bundle::Bundle::open(&sale.bundles[0][..], &sale.buyer).is_err());
}

#[test]
fn a_changed_delivery_is_refused_and_the_member_named() {
    let sale = Sale::new("day,artist,skipped");
    // Lines: 0 header; 1 member 2, rows 2-6; 7 member 5, rows 8-15; 16 member 9, rows 17-28.
    let commitment = "member 5: the delivery, line 16: the rows do not lead to the member's commitment";
    sale.check_forged(|lines| lines[9][0][1] = json!("Other"), commitment);
    sale.check_forged(|lines| lines[9][0][2] = json!(true), commitment);
    sale.check_forged(|lines| lines[9][1] = lines[10][1].clone(), commitment);
    sale.check_forged(|lines| lines.swap(9, 10), commitment);
    sale.check_forged(|lines| lines[7]["keys"][0] = lines[1]["keys"][0].clone(), commitment);
    sale.check_forged(|lines| lines[9][0][1] = json!(12), "values do not fit");
    sale.check_forged(|lines| lines[9][0] = json!([1]), "values do not fit");
    sale.check_forged(|lines| lines[9][1] = json!("AAAA"), "one hash for each hidden field");
    sale.check_forged(|lines| lines[9][1] = json!("*"), "member 5");
    sale.check_forged(|lines| lines[7]["keys"] = json!([]), "one key for each field");
    sale.check_forged(|lines| drop(lines.remove(9)), "member 5");
    sale.check_forged(|lines| lines[7]["rows"] = json!(7), "member 5");
    sale.check_forged(|lines| lines[0]["offer"] = json!(Hex([1; 32])), "the offer");
    sale.check_forged(|lines| lines[0]["fields"] = json!("day"), "holds the fields day, not");
    sale.check_forged(|lines| lines[0]["members"] = json!(2), "holds 2 members, not the 3");
    sale.check_forged(|lines| lines.truncate(16), "member 9");
    sale.check_forged(|lines| lines.push(json!(1)), "goes on after its end");
}

#[test]
fn t56_a_delivery_without_one_member_names_the_member() {
    let sale = Sale::new("day");
    sale.check_forged(|lines| drop(lines.drain(7..16)), "member 5: ");
    sale.check_forged(|lines| lines[7]["commitment"] = json!(Hex([1; 32])), "member 5: ");
    sale.check_forged(|lines| lines[7]["number"] = json!(6), "member 5: ");
}

#[test]
fn t56_a_manifest_on_chain_of_other_members_is_refused() {
    let sale = Sale::new("day");
    let (sealed, delivered) = sale.assemble().unwrap();
    let fewer = manifest_root(&sale.members[..2]).unwrap();
    let claimed = Delivered { manifest_root: Hex(fewer), ..delivered.clone() };
    assert!(refused(sale.verify(&sealed, &claimed)).contains("the manifest's root"));
    let claimed = Delivered { bundle_hash: Hex([1; 32]), ..delivered };
    assert!(refused(sale.verify(&sealed, &claimed)).contains("the hash on chain"));
}

#[test]
fn the_manifest_binds_numbers_and_order() {
    let members = Sale::new("day").members;
    let root = manifest_root(&members).unwrap();
    let mut other = members.clone();
    other[0].number = 1;
    assert_ne!(manifest_root(&other).unwrap(), root);
    other = members.clone();
    other.swap(0, 1);
    assert_ne!(manifest_root(&other).unwrap(), root);
    assert_eq!(manifest_root(&[]), None);
}
