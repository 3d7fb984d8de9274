//! What a listening history weighs.
