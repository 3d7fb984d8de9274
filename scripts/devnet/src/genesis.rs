//! Block 0: the runtime's own `development` preset, and one more well-known Ethereum account.

use polkadot_sdk::{
    sp_core::crypto::{AccountId32, Ss58Codec},
    sp_genesis_builder::{self, DEV_RUNTIME_PRESET, PresetId},
};
use revive_dev_runtime::genesis_config_presets::ENDOWMENT;
use scale::{Decode, Encode};
use serde_json::{Value, json};

use crate::{error::Error, native::Overlay};

/// The sixth of the usual Ethereum development accounts, Faith, whom the preset leaves out.
const FAITH: [u8; 20] = [
    0xc0, 0xf0, 0xf4, 0xab, 0x32, 0x4c, 0x46, 0xe5, 0x5d, 0x02, 0xd0, 0x03, 0x33, 0x43, 0xb4, 0xbe, 0x8a, 0x55, 0x53,
    0x2d,
];

/// Writes the genesis storage: `//Alice` to `//Ferdie`, their `//stash`, and Alith to Faith are rich, and
/// `pallet_revive`'s own account exists.
pub(crate) fn build(overlay: &mut Overlay) -> Result<(), Error> {
    let mut config = preset(overlay, None)?;
    merge(&mut config, preset(overlay, Some(DEV_RUNTIME_PRESET.into()))?);
    let faith = fallback_account(FAITH).to_ss58check();
    match &mut config["balances"]["balances"] {
        Value::Array(balances) => balances.push(json!([faith, ENDOWMENT])),
        _ => return Err(Error::Genesis("the preset funds nobody".into())),
    }
    let built = overlay.call("GenesisBuilder_build_state", &config.to_string().encode())?;
    decode::<sp_genesis_builder::Result>(&built)?.map_err(Error::Genesis)
}

/// The account that an Ethereum address stands for: the address followed by twelve bytes of `0xEE`.
fn fallback_account(address: [u8; 20]) -> AccountId32 {
    let mut account = [0xEE; 32];
    account[..20].copy_from_slice(&address);
    account.into()
}

fn preset(overlay: &mut Overlay, id: Option<PresetId>) -> Result<Value, Error> {
    let json = overlay.call("GenesisBuilder_get_preset", &id.encode())?;
    let json: Option<Vec<u8>> = decode(&json)?;
    let json = json.ok_or_else(|| Error::Genesis(format!("the runtime has no preset {id:?}")))?;
    serde_json::from_slice(&json).map_err(|e| Error::Genesis(e.to_string()))
}

fn decode<T: Decode>(mut bytes: &[u8]) -> Result<T, Error> {
    T::decode(&mut bytes).map_err(|e| Error::Genesis(e.to_string()))
}

/// Lays `patch` over `base` as a JSON merge patch (RFC 7386).
fn merge(base: &mut Value, patch: Value) {
    match (base, patch) {
        (Value::Object(base), Value::Object(patch)) => {
            for (key, value) in patch {
                merge(base.entry(key).or_insert(Value::Null), value);
            }
        }
        (base, patch) => *base = patch,
    }
}
