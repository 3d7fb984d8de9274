//! Offers, deposits, delivery, disputes, split: the ink! shell over [`chorus_core::escrow`].

#![cfg_attr(not(feature = "std"), no_std, no_main)]

mod cells;

// The linker gives 8 KiB, which a call with a few cells and events at hand outgrows; more costs no code.
#[cfg(target_arch = "riscv64")]
ink::polkavm_derive::min_stack_size!(65536);

#[cfg(feature = "std")]
#[allow(unused_imports, reason = "no contract declares with all of these types")]
mod abi {
    use chorus_host::{abi::*, register_error, register_event};

    chorus_core::escrow_events_abi!(register_event);
    chorus_core::errors_abi!(register_error);
}

#[ink::contract]
mod escrow {
    use chorus_core::abi::Word as _;
    use chorus_core::cells::Bits;
    use chorus_core::error::Error;
    use chorus_core::escrow::{
        self as rules, Calls, Construction, Host as _, Permit, ProposalSettings, Request, RequestKind, Root, Settings,
    };
    use chorus_core::offer::{Offer, Terms};
    use chorus_core::types::{self, Amount, Bps, MemberNumber, OfferId, Points, ProposalId};
    use chorus_host::{self as host, Refused};
    use ink::U256;
    use ink::prelude::{string::String, vec::Vec};
    use ink::sol::{DynBytes, FixedBytes};

    /// The root cell, which ink! reads for every message; see [`rules::Root`] for what is in it.
    #[ink(storage)]
    pub struct Escrow {
        pub(crate) root: [u8; Root::SIZE],
    }

    impl Escrow {
        /// A pool's escrow. `amounts` are the listing fee and the reserve for a million points; `parts` fee and tip in
        /// parts of 10,000; `periods` opt-out, shortest and longest delivery or dispute, ruling, timelock and grace, in seconds.
        /// Nobody keeps any power over it.
        #[allow(clippy::too_many_arguments, reason = "a constructor names everything it fixes")]
        #[ink(constructor)]
        pub fn new(
            attestations: Address,
            votes: Address,
            guardian: Address,
            amounts: [u128; 2],
            parts: [u16; 2],
            cohort_min: u32,
            periods: [u64; 6],
            custodians: Vec<Address>,
            arbiters: Vec<Address>,
        ) -> Result<Self, Refused> {
            let [listing_fee, reserve_per_million] = amounts;
            let [fee, tip] = parts;
            let [opt_out_s, period_min_s, period_max_s, ruling_s, timelock_s, grace_s] = periods;
            let out_of_bounds = Error::SettingOutOfBounds { position: 2 };
            let settings = Settings {
                listing_fee: Amount(listing_fee),
                reserve_per_million: Amount(reserve_per_million),
                fee: Bps::new(fee).ok_or(out_of_bounds)?,
                tip: Bps::new(tip).ok_or(out_of_bounds)?,
                cohort_min,
                opt_out_s,
                period_min_s,
                period_max_s,
                ruling_s,
            };
            let with = Construction {
                attestations: types::Address(attestations.0),
                votes: types::Address(votes.0),
                guardian: types::Address(guardian.0),
                settings,
                proposals: ProposalSettings { timelock_s, grace_s },
                salt: host::deployment_salt(),
            };
            let mut contract = Self { root: [0; Root::SIZE] };
            rules::construct(&mut contract, &with, &addresses(&custodians), &addresses(&arbiters))?;
            Ok(contract)
        }

        /// Makes an offer. In native money the value sent is price and listing fee, exactly; in a token they are taken
        /// by the caller's allowance. Returns its id, which is its ballot's too.
        #[allow(clippy::too_many_arguments, reason = "flat arguments read better in wallets than a tuple")]
        #[ink(message, payable)]
        pub fn offer(
            &mut self,
            currency: Address,
            price: u128,
            purpose: u8,
            fields_hash: FixedBytes<32>,
            licence_hash: FixedBytes<32>,
            min_members: u32,
            min_weight: u64,
            custodian: Address,
            arbiter: Address,
            delivery_s: u64,
            dispute_s: u64,
            salt: FixedBytes<32>,
        ) -> Result<FixedBytes<32>, Refused> {
            let terms = Terms {
                buyer: host::caller(),
                currency: types::Address(currency.0),
                price: Amount(price),
                purpose,
                fields_hash: fields_hash.0,
                licence_hash: licence_hash.0,
                min_members,
                min_weight: Points(min_weight),
                custodian: types::Address(custodian.0),
                arbiter: types::Address(arbiter.0),
                delivery_s,
                dispute_s,
                salt: salt.0,
            };
            let id = rules::make_offer(self, host::now(), &terms, host::value())?;
            Ok(FixedBytes(id.0))
        }

        /// Makes an offer in a token by the caller's ERC-2612 permit; `terms` are the arguments of `offer`, a word each.
        #[ink(message, name = "offerWithPermit")]
        pub fn offer_with_permit(
            &mut self,
            terms: DynBytes,
            permit_deadline: U256,
            v: u8,
            r: FixedBytes<32>,
            s: FixedBytes<32>,
        ) -> Result<FixedBytes<32>, Refused> {
            let terms = rules::decode_terms(host::caller(), &terms.0)?;
            let permit = Permit { deadline: permit_deadline.to_big_endian(), v, r: r.0, s: s.0 };
            let id = rules::make_offer_with_permit(self, host::now(), &terms, &permit)?;
            Ok(FixedBytes(id.0))
        }

        /// Learns how the ballot ended and who is still in. Returns 1 sealed, 2 defeated, 3 a minimum missed.
        #[ink(message)]
        pub fn seal(&mut self, offer: FixedBytes<32>) -> Result<u8, Refused> {
            Ok(rules::seal(self, host::now(), OfferId(offer.0))?.code())
        }

        /// For the custodian: the hash of the encrypted bundle, and the manifest root over (number, commitment).
        #[ink(message)]
        pub fn deliver(
            &mut self,
            offer: FixedBytes<32>,
            bundle_hash: FixedBytes<32>,
            manifest_root: FixedBytes<32>,
        ) -> Result<(), Refused> {
            let (now, caller) = (host::now(), host::caller());
            Ok(rules::deliver(self, now, caller, OfferId(offer.0), bundle_hash.0, manifest_root.0)?)
        }

        /// For the buyer: the delivery is good; possible in a dispute too.
        #[ink(message)]
        pub fn accept(&mut self, offer: FixedBytes<32>) -> Result<(), Refused> {
            Ok(rules::accept(self, host::now(), host::caller(), OfferId(offer.0))?)
        }

        /// For the buyer, once: the arbiter shall rule.
        #[ink(message)]
        pub fn dispute(&mut self, offer: FixedBytes<32>, reason_hash: FixedBytes<32>) -> Result<(), Refused> {
            Ok(rules::dispute(self, host::now(), host::caller(), OfferId(offer.0), reason_hash.0)?)
        }

        /// For the arbiter, once: so many parts of 10,000 of the price go back.
        #[ink(message)]
        pub fn rule(&mut self, offer: FixedBytes<32>, returned_bps: u16) -> Result<(), Refused> {
            Ok(rules::rule(self, host::now(), host::caller(), OfferId(offer.0), returned_bps)?)
        }

        /// Credits the buyer with the price of an offer that failed. Returns the amount.
        #[ink(message)]
        pub fn refund(&mut self, offer: FixedBytes<32>) -> Result<u128, Refused> {
            Ok(rules::refund(self, host::now(), OfferId(offer.0))?.0)
        }

        /// Settles the members in the sale among `count` numbers from `from`. Returns how many it settled; each earns the caller a tip.
        #[ink(message)]
        pub fn distribute(&mut self, offer: FixedBytes<32>, from: u32, count: u32) -> Result<u32, Refused> {
            let (now, caller) = (host::now(), host::caller());
            Ok(rules::distribute(self, now, caller, OfferId(offer.0), MemberNumber(from), count)?)
        }

        /// Settles the caller, whose share goes to `to`. Returns the share.
        #[ink(message)]
        pub fn claim(&mut self, offer: FixedBytes<32>, to: Address) -> Result<u128, Refused> {
            let (now, caller) = (host::now(), host::caller());
            Ok(rules::claim(self, now, caller, caller, OfferId(offer.0), types::Address(to.0))?.0)
        }

        /// Settles a member, whose share goes where they signed that it goes; the caller earns the tip. Returns the share.
        #[ink(message, name = "claimFor")]
        pub fn claim_for(
            &mut self,
            member: Address,
            offer: FixedBytes<32>,
            to: Address,
            deadline: u64,
            signature: DynBytes,
        ) -> Result<u128, Refused> {
            let (kind, to, deadline) = (RequestKind::Claim, types::Address(to.0), types::Timestamp(deadline));
            let request = Request { kind, account: types::Address(member.0), about: offer.0, to, deadline };
            Ok(rules::relay(self, host::now(), host::caller(), &request, &signature.0)?.0)
        }

        /// Pays the caller's whole credit in a currency to `to`. Returns the amount.
        #[ink(message, name = "withdrawCredit")]
        pub fn withdraw_credit(&mut self, currency: Address, to: Address) -> Result<u128, Refused> {
            let (currency, to) = (types::Address(currency.0), types::Address(to.0));
            Ok(rules::withdraw_credit(self, host::caller(), currency, to)?.0)
        }

        /// Pays an owner's whole credit in a currency to where they signed that it goes. Returns the amount.
        #[ink(message, name = "withdrawCreditFor")]
        pub fn withdraw_credit_for(
            &mut self,
            owner: Address,
            currency: Address,
            to: Address,
            deadline: u64,
            signature: DynBytes,
        ) -> Result<u128, Refused> {
            let (kind, to, deadline) = (RequestKind::WithdrawCredit, types::Address(to.0), types::Timestamp(deadline));
            let about = types::Address(currency.0).word();
            let request = Request { kind, account: types::Address(owner.0), about, to, deadline };
            Ok(rules::relay(self, host::now(), host::caller(), &request, &signature.0)?.0)
        }

        /// Proposes up to eight settings messages of the three contracts, and opens the ballot on them. Returns the
        /// proposal's id, which is its ballot's too.
        #[ink(message)]
        pub fn propose(
            &mut self,
            targets: Vec<Address>,
            calls: Vec<DynBytes>,
            description: String,
        ) -> Result<FixedBytes<32>, Refused> {
            let (targets, calls) = (addresses(&targets), slices(&calls));
            let calls = Calls { targets: &targets, calls: &calls };
            Ok(FixedBytes(rules::propose(self, host::caller(), calls, description.as_bytes())?.0))
        }

        /// Makes every call of a proposal that passed, between its timelock and the end of its grace period.
        #[ink(message)]
        pub fn execute(
            &mut self,
            targets: Vec<Address>,
            calls: Vec<DynBytes>,
            description_hash: FixedBytes<32>,
        ) -> Result<(), Refused> {
            let (targets, calls) = (addresses(&targets), slices(&calls));
            let calls = Calls { targets: &targets, calls: &calls };
            rules::execute(self, host::now(), host::caller(), calls, description_hash.0)?;
            Ok(())
        }

        /// Where a proposal stands: 1 active, 3 defeated, 5 queued, 4 executable, 6 expired, 7 executed.
        #[ink(message, name = "proposalState")]
        pub fn proposal_state(&self, proposal: FixedBytes<32>) -> Result<u8, Refused> {
            Ok(rules::proposal_state(self, host::now(), ProposalId(proposal.0))? as u8)
        }

        /// A proposal's last second of voting, and the first and the last second in which it can be executed.
        #[ink(message, name = "proposalTimes")]
        pub fn proposal_times(&self, proposal: FixedBytes<32>) -> Result<(u64, u64, u64), Refused> {
            let proposal = ProposalId(proposal.0);
            let facts = self.proposal(proposal).ok_or(Error::NoSuchProposal { proposal })?;
            Ok((facts.voting_ends.0, facts.executable_from.0, facts.executable_until.0))
        }

        /// What proposals made from now on get: timelock and grace period, in seconds.
        #[ink(message, name = "proposalSettings")]
        pub fn proposal_settings(&self) -> (u64, u64) {
            let ProposalSettings { timelock_s, grace_s } = self.root().proposals;
            (timelock_s, grace_s)
        }

        /// Which of the DAO's lists an account or token is on: 1 custodians, 2 arbiters, 4 currencies, added up.
        #[ink(message, name = "rolesOf")]
        pub fn roles_of(&self, account: Address) -> u8 {
            self.roles(types::Address(account.0)).to_byte()
        }

        /// Who may pause.
        #[ink(message)]
        pub fn guardian(&self) -> Address {
            self.root().guardian.0.into()
        }

        /// Signatures of an account used so far; the next is over this number.
        #[ink(message)]
        pub fn nonces(&self, account: Address) -> u64 {
            self.nonce(types::Address(account.0))
        }

        /// For the guardian: stops new offers until then, seven days at most.
        #[ink(message)]
        pub fn pause(&mut self, until: u64) -> Result<(), Refused> {
            Ok(rules::pause(self, host::now(), host::caller(), types::Timestamp(until))?)
        }

        /// Where an offer stands; 0 is no such offer, see [`chorus_core::offer::Status`] for the others.
        #[ink(message)]
        pub fn status(&self, offer: FixedBytes<32>) -> u8 {
            self.offer_at(offer).map_or(0, |facts| facts.status(host::now()).code())
        }

        /// The stored facts of an offer, as [`Offer::to_bytes`] lays them out.
        #[ink(message, name = "offerCell")]
        pub fn offer_cell(&self, offer: FixedBytes<32>) -> Result<DynBytes, Refused> {
            Ok(DynBytes(self.offer_at(offer)?.to_bytes().to_vec()))
        }

        /// Price, what is paid of it, fee, the tip for each member, and what the members share.
        #[ink(message)]
        pub fn settlement(&self, offer: FixedBytes<32>) -> Result<(u128, u128, u128, u128, u128), Refused> {
            let s = self.offer_at(offer)?.settlement()?;
            Ok((s.price.0, s.paid.0, s.fee.0, s.tip.0, s.net.0))
        }

        /// Whether a member's share in an offer was paid or credited.
        #[ink(message, name = "isPaid")]
        pub fn is_paid(&self, offer: FixedBytes<32>, number: u32) -> Result<bool, Refused> {
            let sale = self.offer_at(offer)?.sale;
            Ok(self.paid(sale, Bits::cell_of(number)).get(number))
        }

        /// What is due to an owner in a currency; the treasury is 0x0.
        #[ink(message, name = "creditOf")]
        pub fn credit_of(&self, currency: Address, owner: Address) -> u128 {
            self.credit(types::Address(currency.0), types::Address(owner.0)).0
        }

        /// The settings for offers made from now on.
        #[ink(message)]
        pub fn settings(&self) -> (u128, u128, u16, u16, u32, u64, u64, u64, u64) {
            let s = self.root().settings;
            (
                s.listing_fee.0,
                s.reserve_per_million.0,
                s.fee.get(),
                s.tip.get(),
                s.cohort_min,
                s.opt_out_s,
                s.period_min_s,
                s.period_max_s,
                s.ruling_s,
            )
        }

        /// The last second of the present or last pause.
        #[ink(message, name = "pausedUntil")]
        pub fn paused_until(&self) -> u64 {
            self.root().pause.until.0
        }

        /// The EIP-712 domain separator on this chain, part of every offer's id.
        #[ink(message, name = "DOMAIN_SEPARATOR")]
        pub fn domain_separator(&self) -> FixedBytes<32> {
            FixedBytes(self.domain(self.root().salt).separator::<Self>())
        }

        /// ERC-5267: the fields of the EIP-712 domain.
        #[allow(clippy::type_complexity, reason = "the standard's answer")]
        #[ink(message, name = "eip712Domain")]
        pub fn eip712_domain(&self) -> (FixedBytes<1>, String, String, U256, Address, FixedBytes<32>, Vec<U256>) {
            host::answer(&self.domain(self.root().salt).erc5267())
        }

        fn offer_at(&self, offer: FixedBytes<32>) -> Result<Offer, Error> {
            let offer = OfferId(offer.0);
            rules::Host::offer(self, offer).ok_or(Error::NoSuchOffer { offer })
        }
    }

    fn addresses(list: &[Address]) -> Vec<types::Address> {
        list.iter().map(|entry| types::Address(entry.0)).collect()
    }

    fn slices(list: &[DynBytes]) -> Vec<&[u8]> {
        list.iter().map(|bytes| bytes.0.as_slice()).collect()
    }
}
