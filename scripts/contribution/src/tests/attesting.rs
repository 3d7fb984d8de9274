//! Requests to attesters: what they hold, what attesters make of them, what attesters refuse.

use super::{
    attestation::{Verdict, check, request},
    sealed::seal,
    *,
};

struct Attesters {
    one: Identity,
    two: Identity,
    key: NullifierKey,
}

impl Attesters {
    fn new() -> Self {
        let key = NullifierKey::from_bytes([9; 32]);
        Self { one: Identity::generate(), two: Identity::generate(), key }
    }

    fn request(&self, prepared: &Prepared, member: [u8; 20]) -> Vec<u8> {
        request(prepared, member, &[self.one.to_public(), self.two.to_public()], Vec::new()).unwrap()
    }

    fn check(&self, sealed: &[u8]) -> Result<Verdict, Error> {
        check(sealed, &self.one, &self.key, TODAY)
    }

    /// What an attester says to an honest request whose lines a liar has rewritten.
    fn check_forged(&self, change: impl FnOnce(&mut Vec<Json>)) -> String {
        let sealed = self.request(&contribution(5), MEMBER);
        let mut lines: Vec<Json> =
            decrypt(&sealed, &self.one).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        change(&mut lines);
        let forged = seal(&[self.one.to_public()], Vec::new(), |out| lines.iter().try_for_each(|line| out.line(line)));
        refused(self.check(&forged.unwrap()))
    }
}

#[test]
fn every_attester_comes_to_the_same_verdict() {
    let attesters = Attesters::new();
    let prepared = contribution(40);
    let sealed = attesters.request(&prepared, MEMBER);
    let verdict = attesters.check(&sealed).unwrap();
    assert_eq!(check(&sealed[..], &attesters.two, &attesters.key, TODAY).unwrap(), verdict);
    let expected = Verdict {
        member: Hex(MEMBER),
        commitment: Hex(prepared.commitment),
        nullifier: Hex(attesters.key.nullifier(&AccountId::parse("listener").unwrap())),
        weight: prepared.weight,
        rule: 1,
    };
    assert_eq!(verdict, expected);
}

#[test]
fn attesters_keep_nothing_but_the_verdict() {
    let attesters = Attesters::new();
    let verdict = attesters.check(&attesters.request(&contribution(5), MEMBER)).unwrap();
    let kept = serde_json::to_value(verdict).unwrap();
    let keys: Vec<_> = kept.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["commitment", "member", "nullifier", "rule", "weight"]);
}

#[test]
fn nothing_leaves_the_machine_but_rows_without_place_device_and_time() {
    let attesters = Attesters::new();
    let pool = Identity::generate();
    let prepared = contribution(5);
    let sealed = attesters.request(&prepared, MEMBER);
    let request = decrypt(&sealed, &attesters.one);
    let bundle = bundle::write(&prepared, MEMBER, &pool.to_public(), Vec::new()).unwrap();
    let bundle = decrypt(&bundle, &pool);
    for text in [&request, &bundle] {
        assert!(text.contains("track3"), "the rows are there");
        for secret in ["203.0.113", "SE\"", "Android", "samsung", "Mozilla", "05:06", "1614834300", "example.org"] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
    }
    assert!(request.contains("listener"), "the account goes to the attesters");
    assert!(!bundle.to_lowercase().contains("listener"), "and to nobody else");
    let summary = serde_json::to_string(&prepared.summary).unwrap().to_lowercase();
    assert!(!summary.contains("listener"));
    assert!(age::decrypt(&pool, &sealed).is_err(), "the custodian cannot read a request");
}

#[test]
fn t14_one_account_has_one_nullifier_in_both_formats_and_any_wallet() {
    let attesters = Attesters::new();
    let extended = contribution(5);
    let folder = Folder::new();
    folder.rows("StreamingHistory_music_0.json", &[account_row("2025-01-15 14:32", "a", 90_000)]);
    folder.file("Userdata.json", userdata("LISTENER "));
    let account = folder.prepare().unwrap();
    let one = attesters.check(&attesters.request(&extended, MEMBER)).unwrap();
    let two = attesters.check(&attesters.request(&account, [0xb2; 20])).unwrap();
    assert_eq!(one.nullifier, two.nullifier);
    assert_ne!(one.commitment, two.commitment);
    assert_eq!(two.member, Hex([0xb2; 20]));
    let other = NullifierKey::random().unwrap();
    let theirs = check(&attesters.request(&extended, MEMBER)[..], &attesters.one, &other, TODAY).unwrap();
    assert_ne!(theirs.nullifier, one.nullifier);
}

#[test]
fn t13_a_copied_request_attests_its_maker_and_not_the_copier() {
    let attesters = Attesters::new();
    let sealed = attesters.request(&contribution(5), MEMBER);
    // Nobody can change a sealed file, so whoever relays one can only relay it.
    assert_eq!(attesters.check(&sealed.clone()).unwrap().member, Hex(MEMBER));
    for at in [10, sealed.len() / 2, sealed.len() - 1] {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(attesters.check(&changed).is_err(), "byte {at}");
    }
}

#[test]
fn claims_that_the_rows_do_not_lead_to_are_refused() {
    let attesters = Attesters::new();
    let claim = |field: &str, value: Json| {
        let field = field.to_owned();
        attesters.check_forged(move |lines| lines[0][&field] = value)
    };
    assert!(claim("weight", json!(1_000_000)).contains("claims the weight 1000000, but its rows give 15"));
    assert!(claim("commitment", json!(Hex([1; 32]))).contains("claims the commitment 0x0101"));
    assert!(claim("salt_key", json!(Hex([1; 32]))).contains("the commitment"));
    assert!(claim("rule", json!(2)).contains("no weight rule has number 2"));
    assert!(claim("format", json!("chorus/bundle/1")).contains("format"));
    assert!(claim("account", json!("Listener")).contains("canonical"));
    assert!(claim("account", json!("")).contains("account name"));
    assert!(claim("rows", json!(4)).contains("goes on after its end"));
    assert!(claim("rows", json!(6)).contains("ends too early"));
    assert!(claim("rows", json!(0)).contains("there are no rows"));
    assert!(claim("rows", json!(4_000_000_000_u32)).contains("more than 1000000 rows"));
    assert!(claim("extra", json!(1)).contains("unknown field"));
}

#[test]
fn changed_rows_are_refused() {
    let attesters = Attesters::new();
    let row = |change: &dyn Fn(&mut Vec<Json>)| attesters.check_forged(|lines| change(lines));
    assert!(row(&|lines| lines[2][1] = json!(200_001)).contains("the commitment"));
    assert!(row(&|lines| lines[2][1] = json!(90_000_000)).contains("25 h 00 min"));
    assert!(row(&|lines| lines[5][0] = json!(TODAY + 1)).contains("has not come yet"));
    assert!(row(&|lines| lines.swap(1, 2)).contains("canonical order"));
    assert!(row(&|lines| lines[2] = json!(["x"])).contains("line 3"));
    assert!(row(&|lines| drop(lines[2].as_array_mut().unwrap().pop())).contains("line 3"));
    assert!(row(&|lines| lines[2].as_array_mut().unwrap().push(Json::Null)).contains("line 3"));
    assert!(row(&|lines| lines[2][2] = json!("x".repeat(5000))).contains("too long"));
    assert!(row(&|lines| lines[2][2] = json!("x".repeat(300_000))).contains("too long"));
    assert!(row(&|lines| lines.truncate(1)).contains("ends too early"));
    assert!(row(&Vec::clear).contains("ends too early"));
}

#[test]
fn a_file_that_is_not_a_request_to_this_attester_is_refused() {
    let attesters = Attesters::new();
    let sealed = attesters.request(&contribution(5), MEMBER);
    assert!(refused(attesters.check(b"hello")).contains("cannot decrypt the attestation request"));
    assert!(refused(attesters.check(&sealed[..sealed.len() - 20])).contains("cannot decrypt"));
    let stranger = check(&sealed[..], &Identity::generate(), &attesters.key, TODAY);
    assert!(refused(stranger).contains("cannot decrypt"));
    let none = request(&contribution(1), MEMBER, [], Vec::new());
    assert!(refused(none).contains("cannot encrypt"));
}
