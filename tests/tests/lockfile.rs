//! What the build must not contain, read from `Cargo.lock`: each of these cost minutes of every first build.

const LOCK: &str = include_str!("../../Cargo.lock");

/// The versions of a crate that are locked.
fn versions(name: &str) -> Vec<&str> {
    let heading = format!("name = \"{name}\"\nversion = \"");
    LOCK.split(heading.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[test]
fn crates_that_are_compiled_for_nothing_stay_out() {
    for (name, replaced_by) in [
        ("wasm-opt-sys", "scripts/devnet/patches/polkadot-sdk"),
        ("substrate-wasm-builder", "scripts/devnet/patches/polkadot-sdk"),
        ("polkadot-runtime-common", "scripts/devnet/patches/polkadot-sdk"),
        ("subxt-codegen", "scripts/devnet/patches/subxt-macro"),
    ] {
        assert!(versions(name).is_empty(), "{name} is back in Cargo.lock: does {replaced_by} still replace it?");
    }
}

#[test]
fn heavy_crates_have_one_version() {
    for name in ["axum", "pallet-revive", "polkavm", "sqlx-core", "subxt", "subxt-rpcs", "tokio"] {
        let versions = versions(name);
        assert_eq!(versions.len(), 1, "Cargo.lock has {name} in the versions {versions:?}: each is compiled");
    }
}
