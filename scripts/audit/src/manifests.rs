//! Deliveries: whether the root of a manifest on chain is that of its sale, and which member differs if it is not.

use std::collections::BTreeSet;

use chorus_abi::B256;
use chorus_client::record::{Record, Sale};

use super::{Manifests, hashes::manifest_root, report::Check};

/// The largest sale for which a wrong root is explained by trying.
const EXPLAINED: usize = 2_000;

pub(super) fn deliveries(record: &Record, manifests: &Manifests) -> Check {
    let mut check = Check::new("deliveries: manifest roots recomputed");
    for (id, offer) in record.offers() {
        let (Some((_, delivered)), Some(sale)) = (&offer.delivered, record.sale_of(offer)) else { continue };
        let expected: Vec<(u32, B256)> = sale.remaining().map(|(number, member)| (number, member.commitment)).collect();
        if let Some(found) = manifests.get(&id) {
            let root = manifest_root(found);
            check.equal(format_args!("root of the manifest given for {id}"), &Some(delivered.manifest_root), &root);
            compare(&mut check, id, &expected, found);
        }
        if manifest_root(&expected) == Some(delivered.manifest_root) {
            check.compared += 1;
            continue;
        }
        let why = explain(record, sale, &expected, delivered.manifest_root)
            .unwrap_or_else(|| "more than one member differs; --manifest names them".into());
        check.differs(format!("the manifest of {id} is not that of its sale: {why}"));
    }
    check
}

/// Names every member in whom two manifests differ.
fn compare(check: &mut Check, id: B256, expected: &[(u32, B256)], found: &[(u32, B256)]) {
    for (number, commitment) in expected {
        match found.iter().find(|(other, _)| other == number) {
            None => check.differs(format!("member {number} is missing from the manifest of {id}")),
            Some((_, other)) => {
                check.equal(format_args!("commitment of member {number} in the manifest of {id}"), commitment, other)
            }
        }
    }
    for (number, _) in found {
        let known = expected.iter().any(|(other, _)| other == number);
        check.holds(|| format!("member {number} is in the manifest of {id} and not in its sale"), known);
    }
}

/// Finds the one member in whom the delivered manifest differs, from its root alone: tries to leave each out, to put
/// each other one in, and every other commitment that any of them ever had.
fn explain(record: &Record, sale: &Sale, expected: &[(u32, B256)], root: B256) -> Option<String> {
    if expected.len() > EXPLAINED {
        return None;
    }
    let is_root = |members: &[(u32, B256)]| manifest_root(members) == Some(root);
    for (position, (number, _)) in expected.iter().enumerate() {
        let mut members = expected.to_vec();
        members.remove(position);
        if is_root(&members) {
            return Some(format!("member {number} is missing from it"));
        }
    }
    let commitments = |number: u32| -> BTreeSet<B256> {
        let changes = record.changes.iter().filter(|(_, change)| change.number == number);
        changes.map(|(_, change)| change.attested.commitment).collect()
    };
    for (position, (number, commitment)) in expected.iter().enumerate() {
        for other in commitments(*number).into_iter().filter(|other| other != commitment) {
            let mut members = expected.to_vec();
            members[position].1 = other;
            if is_root(&members) {
                return Some(format!("member {number} is in it with another contribution of theirs, {other}"));
            }
        }
    }
    for number in record.members.keys().filter(|number| expected.iter().all(|(other, _)| other != *number)) {
        for commitment in commitments(*number) {
            let mut members = expected.to_vec();
            members.push((*number, commitment));
            members.sort_unstable();
            if is_root(&members) {
                let left = sale.members.get(number).is_some_and(|member| member.left.is_some());
                let why = if left { "left the sale" } else { "is not in the sale" };
                return Some(format!("member {number} is in it, who {why}"));
            }
        }
    }
    None
}
