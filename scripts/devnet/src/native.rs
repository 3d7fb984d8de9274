//! The runtime's entry points, called natively: what a node does with the Wasm blob.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
};

use polkadot_sdk::{
    sp_externalities::{Extensions, set_and_run_with_externalities},
    sp_state_machine::{Ext, OverlayedChanges, StorageChanges},
};
use revive_dev_runtime::{VERSION, api};

use crate::{
    error::Error,
    state::{Hashing, State},
};

/// A state with changes on top that are not in any block (yet).
pub(crate) struct Overlay {
    state: State,
    changes: OverlayedChanges<Hashing>,
    extensions: Extensions,
}

impl Overlay {
    pub(crate) fn new(state: State) -> Self {
        Self { state, changes: OverlayedChanges::default(), extensions: Extensions::new() }
    }

    /// Runs `f` with the runtime's storage at hand; keeps what it wrote if `keep` says so.
    ///
    /// A panic of `f` becomes an error and leaves no trace in storage, as a trap does in Wasm.
    pub(crate) fn run<R>(&mut self, f: impl FnOnce() -> R, keep: impl FnOnce(&R) -> bool) -> Result<R, Error> {
        const NESTED: &str = "storage transactions are opened and closed here alone";
        self.changes.start_transaction();
        self.changes.enter_runtime().expect(NESTED);
        let mut ext = Ext::new(&mut self.changes, &self.state, Some(&mut self.extensions));
        let result = catch_unwind(AssertUnwindSafe(|| set_and_run_with_externalities(&mut ext, f)));
        self.changes.exit_runtime().expect(NESTED);
        match &result {
            Ok(value) if keep(value) => self.changes.commit_transaction().expect(NESTED),
            _ => self.changes.rollback_transaction().expect(NESTED),
        }
        result.map_err(|panic| Error::Runtime(message(&*panic)))
    }

    /// Calls the runtime API function `method` with SCALE-encoded arguments and keeps what it wrote.
    pub(crate) fn call(&mut self, method: &str, arguments: &[u8]) -> Result<Vec<u8>, Error> {
        self.run(|| api::dispatch(method, arguments), |_| true)?.ok_or_else(|| Error::UnknownFunction(method.into()))
    }

    /// The changes made, as trie nodes under a new root.
    pub(crate) fn into_changes(mut self) -> Result<StorageChanges<Hashing>, Error> {
        self.changes.drain_storage_changes(&self.state, VERSION.state_version()).map_err(Error::Runtime)
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the runtime panicked without saying why").into()
}
