//! A block being built.

use polkadot_sdk::{
    sp_inherents::InherentData,
    sp_runtime::{
        ApplyExtrinsicResult, OpaqueExtrinsic,
        traits::{HashingFor, Header as _},
    },
    sp_state_machine::BackendTransaction,
};
use revive_dev_runtime::{Header, OpaqueBlock};
use scale::{Decode, Encode};

use crate::{block::Block, error::Error, native::Overlay, state::State};

/// A block being built on another one: its time is set, and it takes extrinsics and native code.
///
/// It is thrown away unless the chain seals it, so it doubles as a sandbox for the block after the best one.
pub struct Draft {
    overlay: Overlay,
    extrinsics: Vec<OpaqueExtrinsic>,
    time_ms: u64,
    /// Whether native code wrote to it, which no extrinsic explains.
    native: bool,
}

impl Draft {
    /// Begins the block after `parent`, whose state is `state`.
    pub(crate) fn new(state: State, parent: &Block, time_ms: u64) -> Result<Self, Error> {
        let mut overlay = Overlay::new(state);
        let unknown = Default::default();
        let number = parent.header.number + 1;
        let header = Header::new(number, unknown, unknown, parent.hash, Default::default());
        overlay.call("Core_initialize_block", &header.encode())?;

        let mut draft = Self { overlay, extrinsics: Vec::new(), time_ms, native: false };
        for inherent in draft.inherents()? {
            draft
                .apply(&inherent)?
                .map_err(|e| Error::Runtime(format!("inherent refused: {e:?}")))?
                .map_err(|e| Error::Runtime(format!("inherent failed: {e:?}")))?;
        }
        Ok(draft)
    }

    /// What the runtime itself puts first into the block: its time.
    fn inherents(&mut self) -> Result<Vec<OpaqueExtrinsic>, Error> {
        let mut data = InherentData::new();
        data.put_data(
            polkadot_sdk::sp_timestamp::INHERENT_IDENTIFIER,
            &polkadot_sdk::sp_timestamp::InherentType::new(self.time_ms),
        )
        .map_err(|e| Error::Runtime(e.to_string()))?;
        decode(&self.overlay.call("BlockBuilder_inherent_extrinsics", &data.encode())?)
    }

    /// Applies an extrinsic. It becomes part of the block unless the runtime finds it invalid (the outer
    /// `Err` of the result); one that merely fails is part of the block and pays its fee.
    pub fn apply(&mut self, extrinsic: &OpaqueExtrinsic) -> Result<ApplyExtrinsicResult, Error> {
        let bytes = extrinsic.encode();
        let applied = self.overlay.run(
            || {
                let applied = revive_dev_runtime::api::dispatch("BlockBuilder_apply_extrinsic", &bytes);
                decode::<ApplyExtrinsicResult>(&applied.unwrap_or_default())
            },
            |applied| matches!(applied, Ok(Ok(_))),
        )??;
        if applied.is_ok() {
            self.extrinsics.push(extrinsic.clone());
        }
        Ok(applied)
    }

    /// Runs native code, such as `pallet_revive::Pallet::<Runtime>::bare_call`, inside the block and keeps
    /// what it writes. A panic becomes [`Error::Runtime`] and writes nothing.
    pub fn run<R>(&mut self, f: impl FnOnce() -> R) -> Result<R, Error> {
        self.native = true;
        self.overlay.run(f, |_| true)
    }

    /// Whether there is nothing in it but its time, so that its state follows from the block before it.
    pub(crate) fn is_empty(&self) -> bool {
        self.extrinsics.len() == 1 && !self.native
    }

    /// Ends the block: the runtime computes its state root and its header.
    pub(crate) fn seal(mut self) -> Result<(Block, BackendTransaction<HashingFor<OpaqueBlock>>), Error> {
        let header: Header = decode(&self.overlay.call("BlockBuilder_finalize_block", &[])?)?;
        let changes = self.overlay.into_changes()?;
        if changes.transaction_storage_root != header.state_root {
            return Err(Error::Runtime("the header does not match the state".into()));
        }
        let block = Block { hash: header.hash(), header, extrinsics: self.extrinsics, time_ms: self.time_ms };
        Ok((block, changes.transaction))
    }
}

fn decode<T: Decode>(mut bytes: &[u8]) -> Result<T, Error> {
    T::decode(&mut bytes).map_err(|e| Error::Runtime(e.to_string()))
}
