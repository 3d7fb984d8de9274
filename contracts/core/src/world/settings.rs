//! The settings messages of the sister contracts, as their shells decode them.

use super::World;
use crate::abi::{Words, selector};
use crate::error::Error;
use crate::types::{Address, Points};
use crate::votes::{self, VotingSettings};

const SET_VOTING: [u8; 4] = selector("setVoting", &["uint64", "uint16", "uint64", "uint16", "uint16"]);

impl World {
    /// Does what a settings call of `escrow` to a sister contract does.
    pub(super) fn apply_setting(&mut self, target: Address, call: &[u8]) -> Result<(), Error> {
        let (selector, arguments) = call.split_first_chunk::<4>().unwrap_or((&[0; 4], &[]));
        let mut words = Words::new(arguments);
        let (now, caller) = (self.now, self.site.escrow);
        if target == self.site.votes && *selector == SET_VOTING {
            let settings = VotingSettings {
                voting_period_s: words.uint64(),
                quorum_bps: words.uint16(),
                quorum_min: Points(words.uint64()),
                approval_bps: words.uint16(),
                proposal_threshold_bps: words.uint16(),
            };
            return votes::set_voting(self, now, caller, &settings);
        }
        Ok(())
    }
}
