//! What ink! does not let a contract do. Off chain, where only the ABI is asked for, calling one is a bug.

use ink::{Address, U256, prelude::vec::Vec};
#[cfg(target_arch = "riscv64")]
use pallet_revive_uapi::{CallFlags, HostFn as _, HostFnImpl, ReturnFlags, StorageFlags};

/// Calls `target` with all the weight and deposit there is, and may be called back. `Err` holds what it reverted with.
#[cfg(target_arch = "riscv64")]
pub(crate) fn call(target: Address, value: U256, data: &[u8]) -> Result<(), Vec<u8>> {
    let mut answer = [0; 1_024];
    let mut answer = &mut answer[..];
    let flags = CallFlags::ALLOW_REENTRY;
    let value = value.to_little_endian();
    HostFnImpl::call(flags, &target.0, u64::MAX, u64::MAX, &[0xff; 32], &value, data, Some(&mut answer))
        .map_err(|_| answer.to_vec())
}

/// Ends the call with these bytes and undoes what it did.
#[cfg(target_arch = "riscv64")]
pub(crate) fn revert(data: &[u8]) -> ! {
    HostFnImpl::return_value(ReturnFlags::REVERT, data)
}

/// Ends the call with these bytes.
#[cfg(target_arch = "riscv64")]
pub(crate) fn answer(data: &[u8]) -> ! {
    HostFnImpl::return_value(ReturnFlags::empty(), data)
}

/// Writes a cell that ink! knows nothing of.
#[cfg(target_arch = "riscv64")]
pub(crate) fn write(cell: u32) {
    let key = [&b"junk"[..], &cell.to_le_bytes()].concat();
    HostFnImpl::set_storage(StorageFlags::empty(), &key, &[1; 32]);
}

/// Never ends by itself.
pub(crate) fn burn() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

#[cfg(not(target_arch = "riscv64"))]
mod off_chain {
    use super::*;

    pub(crate) fn call(_: Address, _: U256, _: &[u8]) -> Result<(), Vec<u8>> {
        unreachable!("contracts run on chain")
    }

    pub(crate) fn revert(_: &[u8]) -> ! {
        unreachable!("contracts run on chain")
    }

    pub(crate) fn answer(_: &[u8]) -> ! {
        unreachable!("contracts run on chain")
    }

    pub(crate) fn write(_: u32) {
        unreachable!("contracts run on chain")
    }
}
#[cfg(not(target_arch = "riscv64"))]
pub(crate) use off_chain::*;
