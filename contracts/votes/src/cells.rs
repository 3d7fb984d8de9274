//! Where each cell lies: a kind, then which one, integers little endian. `ReviveApi_get_storage_var_key` reads them by
//! the same keys.

use chorus_core::{
    checkpoints::{Page, Trace},
    contract::Contract,
    eip712::Domain,
    event::VotesEvent,
    hash::Hash32,
    types::{Address, BallotId},
    votes::{Account, Ballot, Host, Marks, Past, Root, Total},
};
use chorus_host as host;

use crate::votes::Votes;

const ACCOUNT: u8 = 1;
const HISTORY: u8 = 2;
const BALLOT: u8 = 3;
const VOTED: u8 = 4;
const SUPPLY: u8 = 5;
const QUORUM: u8 = 6;

fn account_key(account: Address) -> [u8; 21] {
    host::key(ACCOUNT, &[&account.0])
}

fn ballot_key(id: BallotId) -> [u8; 33] {
    host::key(BALLOT, &[&id.0])
}

fn page_key(kind: u8, account: Address, page: u32) -> [u8; 25] {
    host::key(kind, &[&account.0, &page.to_le_bytes()])
}

fn total_kind(of: Total) -> u8 {
    match of {
        Total::Supply => SUPPLY,
        Total::Quorum => QUORUM,
    }
}

fn history_key(of: Past, page: u32) -> [u8; 25] {
    match of {
        Past::Votes(account) => page_key(HISTORY, account, page),
        Past::Total(of) => page_key(total_kind(of), Address::ZERO, page),
    }
}

host::chain_signers!(Votes);

impl Host for Votes {
    fn root(&self) -> Root {
        Root::from_bytes(&self.root)
    }

    fn set_root(&mut self, root: &Root) {
        self.root = root.to_bytes();
        host::write(&host::ROOT, &self.root);
    }

    fn account(&self, account: Address) -> Account {
        Account::from_bytes(&host::cell(&account_key(account)))
    }

    fn set_account(&mut self, address: Address, account: &Account) {
        host::write(&account_key(address), account.to_cell().written());
    }

    fn voted(&self, account: Address, page: u32) -> Marks {
        Marks(host::cell(&page_key(VOTED, account, page)))
    }

    fn set_voted(&mut self, account: Address, page: u32, marks: &Marks) {
        host::write(&page_key(VOTED, account, page), &marks.0);
    }

    fn ballot(&self, id: BallotId) -> Option<Ballot> {
        host::read(&ballot_key(id)).map(|cell| Ballot::from_bytes(&cell))
    }

    fn set_ballot(&mut self, id: BallotId, ballot: &Ballot) {
        host::write(&ballot_key(id), &ballot.to_bytes());
    }

    fn total(&self, of: Total) -> Trace {
        Trace::from_bytes(&host::cell(&[total_kind(of)]))
    }

    fn set_total(&mut self, of: Total, trace: &Trace) {
        host::write(&[total_kind(of)], trace.to_cell().written());
    }

    fn history(&self, of: Past, page: u32) -> Page {
        Page(host::cell(&history_key(of, page)))
    }

    fn set_history(&mut self, of: Past, page: u32, entries: &Page) {
        host::write(&history_key(of, page), &entries.0);
    }

    fn emit(&mut self, event: VotesEvent) {
        host::emit(&event);
    }

    fn domain(&self, salt: Hash32) -> Domain {
        host::domain(Contract::Votes.domain(), salt)
    }
}
