//! subxt's attribute macro, which nothing here uses.
//!
//! subxt always exports it, and with it come a generator of code and a second build of all that reads metadata, for
//! the compiler to run. Calls, events and storage are described by hand in `scripts/client` and `indexer/src/chain.rs`.

use proc_macro::TokenStream;

/// Refuses to generate an interface from a chain's metadata.
#[proc_macro_attribute]
pub fn subxt(_: TokenStream, _: TokenStream) -> TokenStream {
    r#"compile_error!("`#[subxt]` is left out of this build: see `[patch.crates-io]` in the root Cargo.toml");"#
        .parse()
        .expect("this is Rust")
}
