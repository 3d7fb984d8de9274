//! Copying and filling memory, four words at a time.
//!
//! The compiler calls these for every array it moves, and each instruction is paid for. The ones that come with it go
//! byte by byte to where words are aligned and back; PolkaVM reads and writes a word anywhere at the same price.
//!
//! The only unsafe code there is: the compiler emits the calls, and keeps to what C asks of a caller.

/// C's `memcpy`, front to back.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    let (mut at, mut source, mut left) = (to, from, len);
    unsafe {
        while left >= 32 {
            at.cast::<[u64; 4]>().write_unaligned(source.cast::<[u64; 4]>().read_unaligned());
            (at, source, left) = (at.add(32), source.add(32), left - 32);
        }
        while left >= 8 {
            at.cast::<u64>().write_unaligned(source.cast::<u64>().read_unaligned());
            (at, source, left) = (at.add(8), source.add(8), left - 8);
        }
        while left > 0 {
            *at = *source;
            (at, source, left) = (at.add(1), source.add(1), left - 1);
        }
    }
    to
}

/// C's `memset`.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(to: *mut u8, byte: i32, len: usize) -> *mut u8 {
    let word = [byte as u8; 8];
    let (mut at, mut left) = (to, len);
    unsafe {
        while left >= 32 {
            at.cast::<[u64; 4]>().write_unaligned([u64::from_ne_bytes(word); 4]);
            (at, left) = (at.add(32), left - 32);
        }
        while left >= 8 {
            at.cast::<u64>().write_unaligned(u64::from_ne_bytes(word));
            (at, left) = (at.add(8), left - 8);
        }
        while left > 0 {
            *at = byte as u8;
            (at, left) = (at.add(1), left - 1);
        }
    }
    to
}

/// C's `memmove`: the ranges may overlap.
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(to: *mut u8, from: *const u8, len: usize) -> *mut u8 {
    unsafe {
        // From front to back is right unless the target begins inside the source.
        if to.addr().wrapping_sub(from.addr()) >= len {
            return memcpy(to, from, len);
        }
        let mut left = len;
        while left >= 8 {
            left -= 8;
            to.add(left).cast::<u64>().write_unaligned(from.add(left).cast::<u64>().read_unaligned());
        }
        while left > 0 {
            left -= 1;
            *to.add(left) = *from.add(left);
        }
    }
    to
}

/// C's `memcmp`: below, equal to or above zero as the first byte that differs says.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcmp(left: *const u8, right: *const u8, len: usize) -> i32 {
    let mut at = 0;
    unsafe {
        while len - at >= 8
            && left.add(at).cast::<u64>().read_unaligned() == right.add(at).cast::<u64>().read_unaligned()
        {
            at += 8;
        }
        while at < len {
            let difference = i32::from(*left.add(at)) - i32::from(*right.add(at));
            if difference != 0 {
                return difference;
            }
            at += 1;
        }
    }
    0
}
