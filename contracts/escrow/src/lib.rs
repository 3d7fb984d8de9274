//! Offers, deposits, delivery, disputes, split: the ink! shell over [`chorus_core::escrow`].
//!
//! A message reads its arguments, and ends with its answer or its refusal, by the host's own functions: ink! would
//! decode and encode with more code, and write the root cell back though most messages do not change it.

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
    use chorus_core::{
        abi::{Uint256, Word},
        cells::Bits,
        error::Error,
        escrow::{
            self as rules, Calls, Construction, Host as _, OfferSettings, Permit, ProposalSettings, Request,
            RequestKind, Root,
        },
        fields::Group,
        hash::Hash32,
        offer::Offer,
        types::{Address as Account, Amount, Bps, MemberNumber, OfferId, ProposalId, Timestamp as Time},
    };
    use chorus_host::{self as host, Addresses, Arg, Array, Bytes, BytesList, Given, Text, ok};
    use ink::{
        U256,
        prelude::{string::String, vec::Vec},
        sol::{DynBytes, FixedBytes},
    };

    /// The root cell, which ink! reads for every message; see [`rules::Root`] for what is in it.
    #[ink(storage)]
    pub struct Escrow {
        pub(crate) root: [u8; Root::SIZE],
    }

    impl Escrow {
        /// A pool's escrow. `amounts` are the listing fee and the reserve for a million points; `parts` fee and tip in
        /// parts of 10,000; `periods` opt-out, shortest and longest delivery or dispute, ruling, timelock and grace, in
        /// seconds. Nobody keeps any power over it.
        #[allow(clippy::too_many_arguments, reason = "a constructor names everything it fixes")]
        #[ink(constructor)]
        pub fn new(
            attestations: Given<Account, 0>,
            votes: Given<Account, 1>,
            guardian: Given<Account, 2>,
            amounts: Given<Array<u128, 2>, 3>,
            parts: Given<Array<u16, 2>, 5>,
            cohort_min: Given<u32, 7>,
            periods: Given<Array<u64, 6>, 8>,
            custodians: Given<Addresses, 14>,
            arbiters: Given<Addresses, 15>,
        ) -> Self {
            let [listing_fee, reserve_per_million] = amounts.get().map(Amount);
            let [fee, tip] = parts.get();
            let bps = |part, position| ok(Bps::new(part).ok_or(Error::SettingOutOfBounds { position }));
            let [opt_out_s, period_min_s, period_max_s, ruling_s, timelock_s, grace_s] = periods.get();
            let cohort_min = cohort_min.get();
            let with = Construction {
                attestations: attestations.get(),
                votes: votes.get(),
                guardian: guardian.get(),
                offers: OfferSettings {
                    listing_fee,
                    reserve_per_million,
                    fee_bps: bps(fee, 2),
                    tip_bps: bps(tip, 3),
                    cohort_min,
                    opt_out_s,
                    period_min_s,
                    period_max_s,
                    ruling_s,
                },
                proposals: ProposalSettings { timelock_s, grace_s },
                salt: host::deployment_salt(),
            };
            let mut contract = Self { root: [0; Root::SIZE] };
            ok(rules::construct(&mut contract, &with, &custodians.get(), &arbiters.get()));
            contract
        }

        /// Makes an offer. In native money the value sent is price and listing fee, exactly; in a token they are taken
        /// by the caller's allowance. Returns its id, which is its ballot's too.
        #[allow(clippy::too_many_arguments, reason = "flat arguments read better in wallets than a tuple")]
        #[allow(unused_variables, reason = "read as words, in this order")]
        #[ink(message, payable)]
        pub fn offer(
            &mut self,
            currency: Arg<Account, 0>,
            price: Arg<u128, 1>,
            purpose: Arg<u8, 2>,
            fields_hash: Arg<Hash32, 3>,
            licence_hash: Arg<Hash32, 4>,
            min_members: Arg<u32, 5>,
            min_weight: Arg<u64, 6>,
            custodian: Arg<Account, 7>,
            arbiter: Arg<Account, 8>,
            delivery_s: Arg<u64, 9>,
            dispute_s: Arg<u64, 10>,
            salt: Arg<Hash32, 11>,
        ) -> FixedBytes<32> {
            let terms = ok(rules::decode_terms(host::caller(), &host::argument_bytes(4, 12 * 32)));
            host::answer(ok(rules::make_offer(self, host::now(), &terms, host::value())))
        }

        /// Makes an offer in a token by the caller's ERC-2612 permit; `terms` are the arguments of `offer`, a word
        /// each.
        #[ink(message, name = "offerWithPermit")]
        pub fn offer_with_permit(
            &mut self,
            terms: Arg<Bytes, 0>,
            permit_deadline: Arg<Uint256, 1>,
            v: Arg<u8, 2>,
            r: Arg<Hash32, 3>,
            s: Arg<Hash32, 4>,
        ) -> FixedBytes<32> {
            let terms = ok(rules::decode_terms(host::caller(), &terms.get()));
            let permit = Permit { deadline: permit_deadline.get().0, v: v.get(), r: r.get(), s: s.get() };
            host::answer(ok(rules::make_offer_with_permit(self, host::now(), &terms, &permit)))
        }

        /// Finds out how the ballot ended and who is still in. Returns 1 sealed, 2 defeated, 3 a minimum missed.
        #[ink(message)]
        pub fn seal(&mut self, offer: Arg<OfferId, 0>) -> u8 {
            host::answer(ok(rules::seal(self, host::now(), offer.get())).code())
        }

        /// For the custodian: the hash of the encrypted bundle, and the manifest root over (number, commitment).
        #[ink(message)]
        pub fn deliver(&mut self, offer: Arg<OfferId, 0>, bundle_hash: Arg<Hash32, 1>, manifest_root: Arg<Hash32, 2>) {
            let (offer, bundle_hash, manifest_root) = (offer.get(), bundle_hash.get(), manifest_root.get());
            host::done(rules::deliver(self, host::now(), host::caller(), offer, bundle_hash, manifest_root))
        }

        /// For the buyer: the delivery is good; possible in a dispute too.
        #[ink(message)]
        pub fn accept(&mut self, offer: Arg<OfferId, 0>) {
            host::done(rules::accept(self, host::now(), host::caller(), offer.get()))
        }

        /// For the buyer, once: the arbiter shall rule.
        #[ink(message)]
        pub fn dispute(&mut self, offer: Arg<OfferId, 0>, reason_hash: Arg<Hash32, 1>) {
            host::done(rules::dispute(self, host::now(), host::caller(), offer.get(), reason_hash.get()))
        }

        /// For the arbiter, once: so many parts of 10,000 of the price go back.
        #[ink(message)]
        pub fn rule(&mut self, offer: Arg<OfferId, 0>, returned_bps: Arg<u16, 1>) {
            host::done(rules::rule(self, host::now(), host::caller(), offer.get(), returned_bps.get()))
        }

        /// Credits the buyer with the price of an offer that failed. Returns the amount.
        #[ink(message)]
        pub fn refund(&mut self, offer: Arg<OfferId, 0>) -> u128 {
            host::answer(ok(rules::refund(self, host::now(), offer.get())))
        }

        /// Settles the members in the sale among `count` numbers from `from`. Returns how many it settled; each earns
        /// the caller a tip.
        #[ink(message)]
        pub fn distribute(&mut self, offer: Arg<OfferId, 0>, from: Arg<MemberNumber, 1>, count: Arg<u32, 2>) -> u32 {
            let (now, caller) = (host::now(), host::caller());
            host::answer(ok(rules::distribute(self, now, caller, offer.get(), from.get(), count.get())))
        }

        /// Settles the caller, whose share goes to `to`. Returns the share.
        #[ink(message)]
        pub fn claim(&mut self, offer: Arg<OfferId, 0>, to: Arg<Account, 1>) -> u128 {
            let (now, caller) = (host::now(), host::caller());
            host::answer(ok(rules::claim(self, now, caller, caller, offer.get(), to.get())))
        }

        /// Settles a member, whose share goes where they signed that it goes; the caller earns the tip. Returns the
        /// share.
        #[ink(message, name = "claimFor")]
        pub fn claim_for(
            &mut self,
            member: Arg<Account, 0>,
            offer: Arg<OfferId, 1>,
            to: Arg<Account, 2>,
            deadline: Arg<Time, 3>,
            signature: Arg<Bytes, 4>,
        ) -> u128 {
            let (account, kind) = (member.get(), RequestKind::Claim(offer.get()));
            self.relay(&Request { account, kind, to: to.get(), deadline: deadline.get() }, &signature.get())
        }

        /// Pays the caller's whole credit in a currency to `to`. Returns the amount.
        #[ink(message, name = "withdrawCredit")]
        pub fn withdraw_credit(&mut self, currency: Arg<Account, 0>, to: Arg<Account, 1>) -> u128 {
            host::answer(ok(rules::withdraw_credit(self, host::caller(), currency.get(), to.get())))
        }

        /// Pays an owner's whole credit in a currency to where they signed that it goes. Returns the amount.
        #[ink(message, name = "withdrawCreditFor")]
        pub fn withdraw_credit_for(
            &mut self,
            owner: Arg<Account, 0>,
            currency: Arg<Account, 1>,
            to: Arg<Account, 2>,
            deadline: Arg<Time, 3>,
            signature: Arg<Bytes, 4>,
        ) -> u128 {
            let (account, kind) = (owner.get(), RequestKind::WithdrawCredit(currency.get()));
            self.relay(&Request { account, kind, to: to.get(), deadline: deadline.get() }, &signature.get())
        }

        /// Proposes up to eight settings messages of the three contracts, and opens the ballot on them. Returns the
        /// proposal's id, which is its ballot's too.
        #[ink(message)]
        pub fn propose(
            &mut self,
            targets: Arg<Addresses, 0>,
            calls: Arg<BytesList, 1>,
            description: Arg<Text, 2>,
        ) -> FixedBytes<32> {
            let (targets, calls) = (targets.get(), calls.get());
            let calls = Calls { targets: &targets, calls: &slices(&calls) };
            host::answer(ok(rules::propose(self, host::caller(), calls, description.get().as_bytes())))
        }

        /// Makes every call of a proposal that passed, between its timelock and the end of its grace period.
        #[ink(message)]
        pub fn execute(
            &mut self,
            targets: Arg<Addresses, 0>,
            calls: Arg<BytesList, 1>,
            description_hash: Arg<Hash32, 2>,
        ) {
            let (targets, calls) = (targets.get(), calls.get());
            let calls = Calls { targets: &targets, calls: &slices(&calls) };
            ok(rules::execute(self, host::now(), host::caller(), calls, description_hash.get()));
            host::end(&[])
        }

        /// Where a proposal stands: 1 active, 3 defeated, 5 queued, 4 executable, 6 expired, 7 executed.
        #[ink(message, name = "proposalState")]
        pub fn proposal_state(&self, proposal: Arg<ProposalId, 0>) -> u8 {
            host::answer(ok(rules::proposal_state(self, host::now(), proposal.get())).code())
        }

        /// A proposal's last second of voting, and the first and the last second in which it can be executed.
        #[ink(message, name = "proposalTimes")]
        pub fn proposal_times(&self, proposal: Arg<ProposalId, 0>) -> (u64, u64, u64) {
            let proposal = proposal.get();
            let facts = ok(self.proposal(proposal).ok_or(Error::NoSuchProposal { proposal }));
            host::answer_words([facts.voting_ends.word(), facts.executable_from.word(), facts.executable_until.word()])
        }

        /// What proposals made from now on get: timelock and grace period, in seconds.
        #[ink(message, name = "proposalSettings")]
        pub fn proposal_settings(&self) -> <ProposalSettings as Group>::Numbers {
            host::answer_words(self.root().proposals.words())
        }

        /// Which of the DAO's lists an account or token is on: 1 custodians, 2 arbiters, 4 currencies, added up.
        #[ink(message, name = "rolesOf")]
        pub fn roles_of(&self, account: Arg<Account, 0>) -> u8 {
            host::answer(self.roles(account.get()).to_byte())
        }

        /// The account that may pause new offers.
        #[ink(message)]
        pub fn guardian(&self) -> Address {
            host::answer(self.root().guardian)
        }

        /// Signatures of an account used so far; the next is over this number.
        #[ink(message)]
        pub fn nonces(&self, account: Arg<Account, 0>) -> u64 {
            host::answer(self.nonce(account.get()))
        }

        /// For the guardian: stops new offers until then, seven days at most.
        #[ink(message)]
        pub fn pause(&mut self, until: Arg<Time, 0>) {
            host::done(rules::pause(self, host::now(), host::caller(), until.get()))
        }

        /// Where an offer stands; 0 is no such offer, see [`chorus_core::names::Status`] for the others.
        #[ink(message)]
        pub fn status(&self, offer: Arg<OfferId, 0>) -> u8 {
            host::answer(rules::Host::offer(self, offer.get()).map_or(0, |facts| facts.status(host::now()).code()))
        }

        /// The stored facts of an offer, as [`Offer::to_bytes`] lays them out.
        #[ink(message, name = "offerCell")]
        pub fn offer_cell(&self, offer: Arg<OfferId, 0>) -> DynBytes {
            host::answer_bytes(&self.offer_at(offer).to_bytes())
        }

        /// Price, what is paid of it, fee, the tip for each member, and what the members share.
        #[ink(message)]
        pub fn settlement(&self, offer: Arg<OfferId, 0>) -> (u128, u128, u128, u128, u128) {
            let s = ok(self.offer_at(offer).settlement());
            host::answer_words([s.price.word(), s.paid.word(), s.fee.word(), s.tip.word(), s.net.word()])
        }

        /// Whether a member's share in an offer was paid or credited.
        #[ink(message, name = "isPaid")]
        pub fn is_paid(&self, offer: Arg<OfferId, 0>, number: Arg<u32, 1>) -> bool {
            let (sale, number) = (self.offer_at(offer).sale, number.get());
            host::answer(self.paid(sale, Bits::cell_of(number)).get(number))
        }

        /// What is due to an owner in a currency; the treasury is 0x0.
        #[ink(message, name = "creditOf")]
        pub fn credit_of(&self, currency: Arg<Account, 0>, owner: Arg<Account, 1>) -> u128 {
            host::answer(self.credit(currency.get(), owner.get()))
        }

        /// What offers made from now on get.
        #[ink(message)]
        pub fn settings(&self) -> <OfferSettings as Group>::Numbers {
            host::answer_words(self.root().offers.words())
        }

        /// The last second of the present or last pause.
        #[ink(message, name = "pausedUntil")]
        pub fn paused_until(&self) -> u64 {
            host::answer(self.root().pause.stored())
        }

        /// The EIP-712 domain separator on this chain, part of every offer's id.
        #[ink(message, name = "DOMAIN_SEPARATOR")]
        pub fn domain_separator(&self) -> FixedBytes<32> {
            host::answer(self.domain(self.root().salt).separator::<Self>())
        }

        /// ERC-5267: the fields of the EIP-712 domain.
        #[allow(clippy::type_complexity, reason = "the standard's answer")]
        #[ink(message, name = "eip712Domain")]
        pub fn eip712_domain(&self) -> (FixedBytes<1>, String, String, U256, Address, FixedBytes<32>, Vec<U256>) {
            host::end(&self.domain(self.root().salt).erc5267())
        }

        fn relay(&mut self, request: &Request, signature: &[u8]) -> ! {
            host::answer(ok(rules::relay(self, host::now(), host::caller(), request, signature)))
        }

        fn offer_at(&self, offer: Arg<OfferId, 0>) -> Offer {
            let offer = offer.get();
            ok(rules::Host::offer(self, offer).ok_or(Error::NoSuchOffer { offer }))
        }
    }

    fn slices(list: &[Vec<u8>]) -> Vec<&[u8]> {
        list.iter().map(Vec::as_slice).collect()
    }
}
