//! The events of `attestations`.

use std::mem;

use chorus_core::{attestations::Sale, event::AttestationsEvent};

use super::{Member, Replay, ensure};

impl Replay {
    pub(super) fn read_attestations(&mut self, event: &AttestationsEvent) -> Result<(), String> {
        use AttestationsEvent as E;
        match *event {
            E::AttestationsDeployed { guardian, threshold, daily_weight_cap, .. } => {
                (self.contributions_guardian, self.threshold) = (guardian, threshold);
                self.daily_weight_cap = daily_weight_cap;
            }
            E::AttesterAdded { attester } => ensure!(event, self.attesters.insert(attester)),
            E::AttesterRemoved { attester } => ensure!(event, self.attesters.remove(&attester)),
            E::AttestersChanged { threshold, count } => {
                ensure!(event, self.attesters.len() == usize::from(count));
                self.threshold = threshold;
            }
            E::DailyWeightCapChanged { previous, cap } => {
                ensure!(event, mem::replace(&mut self.daily_weight_cap, cap) == previous);
            }
            E::GuardianChanged { previous, guardian } => {
                ensure!(event, mem::replace(&mut self.contributions_guardian, guardian) == previous);
            }
            E::ContributionSkipped { .. } => {}
            E::Attested { member, number, commitment, nullifier, weight, previous_weight, purposes, nonce, .. } => {
                let known = self.members.entry(member).or_default();
                ensure!(event, known.weight == previous_weight && known.nonce + 1 == nonce);
                *known = Member { number, weight, purposes, commitment, nullifier, nonce };
            }
            E::PurposesChanged { member, number, weight, previous_purposes, purposes, nonce } => {
                let known = self.members.entry(member).or_default();
                ensure!(event, known.number == number && known.weight == weight && known.nonce + 1 == nonce);
                ensure!(event, known.purposes == previous_purposes);
                (known.purposes, known.nonce) = (purposes, nonce);
            }
            E::Withdrawn { member, number, weight, purposes, nullifier, nonce }
            | E::Revoked { member, number, weight, purposes, nullifier, nonce } => {
                let known = self.members.entry(member).or_default();
                ensure!(event, known.weight == weight && known.purposes == purposes && known.nullifier == nullifier);
                ensure!(event, known.nonce + 1 == nonce);
                *known = Member { number, nonce, ..Member::default() };
            }
            E::SaleOpened { sale, purpose, window_ends, total_weight, members } => {
                let twice = self.sales.insert(sale, Sale { purpose, window_ends, total_weight, members });
                ensure!(event, twice.is_none());
            }
            E::SaleLeft { sale, member, number, weight, total_weight, members, nonce } => {
                let known = self.members.entry(member).or_default();
                // To leave is an act. Whoever is out by a withdrawal or new purposes left by that act.
                ensure!(event, known.number == number && nonce - known.nonce <= 1);
                known.nonce = nonce;
                let Some(facts) = self.sales.get_mut(&sale) else { return Err(format!("I16 {event:?}: no sale")) };
                ensure!(event, facts.total_weight.0 == total_weight.0 + u64::from(weight.0));
                ensure!(event, facts.members == members + 1);
                (facts.total_weight, facts.members) = (total_weight, members);
            }
            E::Paused { until, .. } => self.contributions_paused_until = Some(until),
        }
        Ok(())
    }
}
