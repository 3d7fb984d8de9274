//! The parts of the Polkadot SDK that the embedded chain is made of, under the names of its umbrella crate.
//!
//! The published `polkadot-sdk` names every crate of the SDK. `revive-dev-runtime` asks it for six pallets, and with
//! them for parachains, staking and cross-chain messages, of which it uses seven names of types and one number; its
//! build script asks for a WebAssembly builder, and so for a C++ optimiser that compiles for minutes and is never
//! run. This crate takes the umbrella's place: the runtime and its pallets are the published ones, and all that they
//! do not use is left out.

#[cfg(feature = "runtime")]
pub use self::parts::*;

#[cfg(feature = "runtime")]
mod parts {
    pub use frame_executive;
    pub use frame_support;
    pub use frame_system;
    pub use pallet_balances;
    pub use pallet_revive;
    pub use pallet_sudo;
    pub use pallet_timestamp;
    pub use pallet_transaction_payment;
    pub use pallet_transaction_payment_rpc_runtime_api;
    pub use polkadot_sdk_frame;
    pub use sp_api;
    pub use sp_block_builder;
    pub use sp_core;
    pub use sp_externalities;
    pub use sp_genesis_builder;
    pub use sp_inherents;
    pub use sp_io;
    pub use sp_keyring;
    pub use sp_rpc;
    pub use sp_runtime;
    pub use sp_state_machine;
    pub use sp_storage;
    pub use sp_timestamp;
    pub use sp_transaction_pool;
    pub use sp_trie;
    pub use sp_version;
    pub use sp_weights;

    /// The names of types that parachains share.
    pub mod parachains_common {
        pub use parachains_common_types::{opaque::*, *};
    }

    /// The one number that the runtime takes from the relay chain's crate.
    pub mod polkadot_primitives {
        /// The largest proof of validity, in bytes: as `polkadot-primitives` 26 has it.
        pub const MAX_POV_SIZE: u32 = 10 * 1024 * 1024;
    }
}

/// What the runtime's build script calls.
#[cfg(feature = "substrate-wasm-builder")]
pub mod substrate_wasm_builder {
    /// Builds no WebAssembly: the embedded chain runs its runtime natively.
    pub struct WasmBuilder;

    impl WasmBuilder {
        /// Writes what the published builder writes when `SKIP_WASM_BUILD` is set: constants without a blob.
        pub fn build_using_defaults() {
            let folder = std::env::var("OUT_DIR").expect("cargo sets OUT_DIR for build scripts");
            let constants = "\
                pub const WASM_BINARY_PATH: Option<&str> = None;\n\
                pub const WASM_BINARY: Option<&[u8]> = None;\n\
                pub const WASM_BINARY_BLOATY: Option<&[u8]> = None;\n";
            let path = std::path::Path::new(&folder).join("wasm_binary.rs");
            std::fs::write(&path, constants).expect("OUT_DIR can be written to");
            println!("cargo:rerun-if-changed=build.rs");
        }
    }
}
