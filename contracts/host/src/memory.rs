//! Copying, filling and comparing memory by words.
//!
//! The compiler calls these for every array it moves, and each instruction is paid for. The ones that come with it go
//! byte by byte to where words are aligned and back; PolkaVM reads and writes a word anywhere at the same price.
//!
//! The only unsafe code there is: the compiler emits the calls, and keeps to what C asks of a caller.

/// Moves one `T` and steps behind it.
#[inline(always)]
unsafe fn step<T>(to: &mut *mut u8, from: &mut *const u8) {
    unsafe {
        to.cast::<T>().write_unaligned(from.cast::<T>().read_unaligned());
        (*to, *from) = (to.add(size_of::<T>()), from.add(size_of::<T>()));
    }
}

/// C's `memcpy`, front to back.
#[unsafe(no_mangle)]
unsafe extern "C" fn memcpy(target: *mut u8, source: *const u8, len: usize) -> *mut u8 {
    let (mut to, mut from, mut left) = (target, source, len);
    unsafe {
        while left >= 32 {
            step::<[u64; 4]>(&mut to, &mut from);
            left -= 32;
        }
        while left >= 8 {
            step::<u64>(&mut to, &mut from);
            left -= 8;
        }
        if left & 4 != 0 {
            step::<u32>(&mut to, &mut from);
        }
        if left & 2 != 0 {
            step::<u16>(&mut to, &mut from);
        }
        if left & 1 != 0 {
            step::<u8>(&mut to, &mut from);
        }
    }
    target
}

/// C's `memset`.
#[unsafe(no_mangle)]
unsafe extern "C" fn memset(target: *mut u8, byte: i32, len: usize) -> *mut u8 {
    let word = u64::from_ne_bytes([byte as u8; 8]);
    let (mut to, mut left) = (target, len);
    unsafe {
        while left >= 32 {
            to.cast::<[u64; 4]>().write_unaligned([word, word, word, word]);
            (to, left) = (to.add(32), left - 32);
        }
        while left >= 8 {
            to.cast::<u64>().write_unaligned(word);
            (to, left) = (to.add(8), left - 8);
        }
        while left > 0 {
            *to = byte as u8;
            (to, left) = (to.add(1), left - 1);
        }
    }
    target
}

/// C's `memmove`: from the end where the target begins inside the source.
#[unsafe(no_mangle)]
unsafe extern "C" fn memmove(target: *mut u8, source: *const u8, len: usize) -> *mut u8 {
    unsafe {
        if target.addr().wrapping_sub(source.addr()) >= len {
            return memcpy(target, source, len);
        }
        let mut left = len;
        while left >= 8 {
            left -= 8;
            target.add(left).cast::<u64>().write_unaligned(source.add(left).cast::<u64>().read_unaligned());
        }
        while left > 0 {
            left -= 1;
            *target.add(left) = *source.add(left);
        }
    }
    target
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
