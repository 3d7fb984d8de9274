//! Where each cell lies: a kind, then which one, integers little endian. `ReviveApi_get_storage_var_key` reads them by the same keys.

use crate::votes::Votes;
use chorus_core::cells::Bits;
use chorus_core::checkpoints::{self, Page};
use chorus_core::eip712::Domain;
use chorus_core::event::VotesEvent;
use chorus_core::hash::Hash32;
use chorus_core::types::{Address, OfferId};
use chorus_core::votes::{Account, Ballot, Host, Root};
use chorus_host as host;

const ACCOUNT: u8 = 1;
const HISTORY: u8 = 2;
const BALLOT: u8 = 3;
const VOTED: u8 = 4;

fn account_key(account: Address) -> [u8; 21] {
    host::key(ACCOUNT, &[&account.0])
}

fn history_key(account: Address, page: u32) -> [u8; 25] {
    host::key(HISTORY, &[&account.0, &page.to_le_bytes()])
}

fn ballot_key(id: OfferId) -> [u8; 33] {
    host::key(BALLOT, &[&id.0])
}

fn voted_key(ballot: u32, cell: u32) -> [u8; 9] {
    host::key(VOTED, &[&ballot.to_le_bytes(), &cell.to_le_bytes()])
}

host::chain_signers!(Votes);

impl Host for Votes {
    fn root(&self) -> Root {
        Root::from_bytes(&self.root)
    }

    fn set_root(&mut self, root: &Root) {
        self.root = root.to_bytes();
    }

    fn account(&self, account: Address) -> Account {
        host::read(&account_key(account)).map(|cell| Account::from_bytes(&cell)).unwrap_or_default()
    }

    fn set_account(&mut self, address: Address, account: &Account) {
        host::write(&account_key(address), &account.to_bytes());
    }

    fn history(&self, account: Address, page: u32) -> Page {
        host::read(&history_key(account, page)).map(|cell| checkpoints::page_from_bytes(&cell)).unwrap_or_default()
    }

    fn set_history(&mut self, account: Address, page: u32, entries: &Page) {
        host::write(&history_key(account, page), &checkpoints::page_to_bytes(entries));
    }

    fn ballot(&self, id: OfferId) -> Option<Ballot> {
        host::read(&ballot_key(id)).map(|cell| Ballot::from_bytes(&cell))
    }

    fn set_ballot(&mut self, id: OfferId, ballot: &Ballot) {
        host::write(&ballot_key(id), &ballot.to_bytes());
    }

    fn voted(&self, ballot: u32, cell: u32) -> Bits {
        host::read(&voted_key(ballot, cell)).map(Bits).unwrap_or_default()
    }

    fn set_voted(&mut self, ballot: u32, cell: u32, bits: &Bits) {
        host::write(&voted_key(ballot, cell), &bits.0);
    }

    fn emit(&mut self, event: VotesEvent) {
        host::emit(&event);
    }

    fn domain(&self, salt: Hash32) -> Domain {
        host::domain("Chorus Votes", salt)
    }
}
