//! Contributions, consent, weights, who is in which sale: the ink! shell over [`chorus_core::attestations`].
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

    chorus_core::attestations_events_abi!(register_event);
    chorus_core::errors_abi!(register_error);
}

#[ink::contract]
mod attestations {
    use chorus_core::{
        abi::Word as _,
        attestations::{self as rules, Construction, Contribution, Host as _, MemberAct, Root, Submission},
        error::Error,
        hash::Hash32,
        types::{Address as Account, MemberNumber, Points, SaleNumber, Timestamp as Time, Weight},
    };
    use chorus_host::{self as host, Addresses, Arg, Bytes, Given, ok};
    use ink::{
        prelude::{string::String, vec::Vec},
        sol::{DynBytes, FixedBytes},
    };

    /// The root cell, which ink! reads for every message; see [`rules::Root`] for what is in it.
    #[ink(storage)]
    pub struct Attestations {
        pub(crate) root: [u8; Root::SIZE],
    }

    impl Attestations {
        /// A pool whose sister contracts are (or will be) at `votes` and `escrow`. Nobody keeps any power over it.
        #[allow(clippy::too_many_arguments, reason = "a constructor names everything it fixes")]
        #[ink(constructor)]
        pub fn new(
            votes: Given<Account, 0>,
            escrow: Given<Account, 1>,
            guardian: Given<Account, 2>,
            attesters: Given<Addresses, 3>,
            threshold: Given<u8, 4>,
            daily_weight_cap: Given<Points, 5>,
            purposes: Given<u8, 6>,
            purposes_hash: Given<Hash32, 7>,
        ) -> Self {
            let with = Construction {
                votes: votes.get(),
                escrow: escrow.get(),
                guardian: guardian.get(),
                daily_weight_cap: daily_weight_cap.get(),
                purposes: purposes.get(),
                purposes_hash: purposes_hash.get(),
                salt: host::deployment_salt(),
            };
            let mut contract = Self { root: [0; Root::SIZE] };
            ok(rules::construct(&mut contract, &with, &attesters.get(), threshold.get()));
            contract
        }

        /// Contributes, or replaces the caller's contribution: with the attesters' signatures, 65 bytes each.
        #[allow(clippy::too_many_arguments, reason = "flat arguments read better in wallets than a tuple")]
        #[ink(message)]
        pub fn attest(
            &mut self,
            commitment: Arg<Hash32, 0>,
            nullifier: Arg<Hash32, 1>,
            weight: Arg<Weight, 2>,
            rule_version: Arg<u16, 3>,
            route: Arg<u8, 4>,
            purposes: Arg<u16, 5>,
            deadline: Arg<Time, 6>,
            signatures: Arg<Bytes, 7>,
        ) -> u32 {
            let contribution = Contribution {
                commitment: commitment.get(),
                nullifier: nullifier.get(),
                weight: weight.get(),
                rule_version: rule_version.get(),
                route: route.get(),
                deadline: deadline.get(),
            };
            self.admit(host::caller(), contribution, purposes.get(), &signatures.get(), None)
        }

        /// Contributes, or replaces, what `member` signed: an Ethereum key 65 bytes, a Substrate key 96.
        #[allow(clippy::too_many_arguments, reason = "flat arguments read better in wallets than a tuple")]
        #[ink(message, name = "attestFor")]
        pub fn attest_for(
            &mut self,
            member: Arg<Account, 0>,
            commitment: Arg<Hash32, 1>,
            nullifier: Arg<Hash32, 2>,
            weight: Arg<Weight, 3>,
            rule_version: Arg<u16, 4>,
            route: Arg<u8, 5>,
            purposes: Arg<u16, 6>,
            deadline: Arg<Time, 7>,
            signatures: Arg<Bytes, 8>,
            member_signature: Arg<Bytes, 9>,
        ) -> u32 {
            let contribution = Contribution {
                commitment: commitment.get(),
                nullifier: nullifier.get(),
                weight: weight.get(),
                rule_version: rule_version.get(),
                route: route.get(),
                deadline: deadline.get(),
            };
            self.admit(member.get(), contribution, purposes.get(), &signatures.get(), Some(&member_signature.get()))
        }

        /// Contributes for many members, packed as [`Submission::pack`] says; a refused one is skipped with an event.
        /// Returns how many were accepted.
        #[ink(message, name = "attestMany")]
        pub fn attest_many(&mut self, contributions: Arg<Bytes, 0>) -> u32 {
            host::answer(ok(rules::attest_many(self, host::now(), &contributions.get())))
        }

        /// Allows exactly these purposes from now on, a bit each; leaves every open sale whose purpose is dropped.
        #[ink(message, name = "setPurposes")]
        pub fn set_purposes(&mut self, purposes: Arg<u16, 0>) {
            host::done(rules::set_purposes(self, host::now(), host::caller(), purposes.get()))
        }

        /// Does this as `member` signed it.
        #[ink(message, name = "setPurposesFor")]
        pub fn set_purposes_for(
            &mut self,
            member: Arg<Account, 0>,
            purposes: Arg<u16, 1>,
            deadline: Arg<Time, 2>,
            signature: Arg<Bytes, 3>,
        ) {
            self.relay(member.get(), MemberAct::SetPurposes(purposes.get()), deadline.get(), &signature.get())
        }

        /// Takes the caller's contribution back, out of every sale whose window is open. No pause stops this.
        #[ink(message)]
        pub fn withdraw(&mut self) {
            host::done(rules::withdraw(self, host::now(), host::caller()))
        }

        /// Does this as `member` signed it.
        #[ink(message, name = "withdrawFor")]
        pub fn withdraw_for(&mut self, member: Arg<Account, 0>, deadline: Arg<Time, 1>, signature: Arg<Bytes, 2>) {
            self.relay(member.get(), MemberAct::Withdraw, deadline.get(), &signature.get())
        }

        /// Takes the caller out of one sale, for good, as long as its window is open.
        #[ink(message)]
        pub fn leave(&mut self, sale: Arg<SaleNumber, 0>) {
            host::done(rules::leave(self, host::now(), host::caller(), sale.get()))
        }

        /// Does this as `member` signed it.
        #[ink(message, name = "leaveFor")]
        pub fn leave_for(
            &mut self,
            member: Arg<Account, 0>,
            sale: Arg<SaleNumber, 1>,
            deadline: Arg<Time, 2>,
            signature: Arg<Bytes, 3>,
        ) {
            self.relay(member.get(), MemberAct::Leave(sale.get()), deadline.get(), &signature.get())
        }

        /// For `escrow`: opens a sale for everybody who allows `purpose` now. Returns sale, weight and members.
        #[ink(message, name = "openSale")]
        pub fn open_sale(&mut self, purpose: Arg<u8, 0>, window_ends: Arg<Time, 1>) -> (u32, u64, u32) {
            let opened = ok(rules::open_sale(self, host::now(), host::caller(), purpose.get(), window_ends.get()));
            host::answer_words([opened.sale.word(), opened.total_weight.word(), opened.members.word()])
        }

        /// For the DAO: takes a fraud out, with the attesters' signatures over member, nullifier and deadline.
        #[ink(message)]
        pub fn revoke(&mut self, member: Arg<Account, 0>, deadline: Arg<Time, 1>, signatures: Arg<Bytes, 2>) {
            let (member, deadline, signatures) = (member.get(), deadline.get(), signatures.get());
            host::done(rules::revoke(self, host::now(), host::caller(), member, deadline, &signatures))
        }

        /// For the DAO: names the attesters, and how many of them must sign. What was accepted stays.
        #[ink(message, name = "setAttesters")]
        pub fn set_attesters(&mut self, attesters: Arg<Addresses, 0>, threshold: Arg<u8, 1>) {
            host::done(rules::set_attesters(self, host::caller(), &attesters.get(), threshold.get()))
        }

        /// For the DAO: caps the new weight of a UTC day.
        #[ink(message, name = "setDailyWeightCap")]
        pub fn set_daily_weight_cap(&mut self, cap: Arg<Points, 0>) {
            host::done(rules::set_daily_weight_cap(self, host::caller(), cap.get()))
        }

        /// For the DAO: names the account that may pause; 0x0 is nobody.
        #[ink(message, name = "setGuardian")]
        pub fn set_guardian(&mut self, guardian: Arg<Account, 0>) {
            host::done(rules::set_guardian(self, host::caller(), guardian.get()))
        }

        /// For the guardian: stops new and replaced contributions until then, seven days at most.
        #[ink(message)]
        pub fn pause(&mut self, until: Arg<Time, 0>) {
            host::done(rules::pause(self, host::now(), host::caller(), until.get()))
        }

        /// Number (0: nobody), weight, purposes, nonce, commitment and nullifier of a member.
        #[ink(message, name = "memberOf")]
        pub fn member_of(&self, member: Arg<Account, 0>) -> (u32, u32, u16, u64, FixedBytes<32>, FixedBytes<32>) {
            let rules::Member { number, nonce, commitment, nullifier } = self.member(member.get());
            let (page, slot) = rules::Page::place(number);
            let record = self.page(page).get(slot);
            let (weight, purposes) = (record.weight.word(), record.purposes.bits().word());
            host::answer_words([number.word(), weight, purposes, nonce.word(), commitment, nullifier])
        }

        /// The member who has this number; 0x0 if nobody has it.
        #[ink(message, name = "memberAt")]
        pub fn member_at(&self, number: Arg<MemberNumber, 0>) -> Address {
            let (page, slot) = rules::Page::place(number.get());
            host::answer(self.page(page).get(slot).member)
        }

        /// Numbers given so far.
        #[ink(message, name = "memberCount")]
        pub fn member_count(&self) -> u32 {
            host::answer(self.root().members)
        }

        /// Sales opened so far.
        #[ink(message, name = "saleCount")]
        pub fn sale_count(&self) -> u32 {
            host::answer(self.root().sales)
        }

        /// Accepted acts of a member so far, which is the nonce of their next one.
        #[ink(message)]
        pub fn nonces(&self, member: Arg<Account, 0>) -> ink::U256 {
            host::answer(self.member(member.get()).nonce)
        }

        /// Weight and members that allow a purpose now.
        #[ink(message, name = "purposeTotals")]
        pub fn purpose_totals(&self, purpose: Arg<u8, 0>) -> (u64, u32) {
            let root = self.root();
            let total = root.total(ok(rules::known_purpose(&root, purpose.get())));
            host::answer_words([total.weight.word(), total.members.word()])
        }

        /// Keccak of the Keccaks of the purposes' texts, in their order.
        #[ink(message, name = "purposesHash")]
        pub fn purposes_hash(&self) -> FixedBytes<32> {
            host::answer(self.root().purposes_hash)
        }

        /// Purpose, end of the window, weight and members of a sale; the last two are final once the window is over.
        #[ink(message, name = "saleTotals")]
        pub fn sale_totals(&self, sale: Arg<SaleNumber, 0>) -> (u8, u64, u64, u32) {
            let sale = sale.get();
            let rules::Sale { purpose, window_ends, total_weight, members } =
                ok(self.sale(sale).ok_or(Error::NoSuchSale { sale }));
            host::answer_words([purpose.word(), window_ends.word(), total_weight.word(), members.word()])
        }

        /// A member's number and weight in a sale; weight 0 is not in it.
        #[ink(message, name = "shareOf")]
        pub fn share_of(&self, sale: Arg<SaleNumber, 0>, member: Arg<Account, 1>) -> (u32, u32) {
            let number = self.member(member.get()).number;
            let weight = rules::weight_in(self, sale.get(), number).unwrap_or_default();
            host::answer_words([number.word(), weight.word()])
        }

        /// For each of `count` numbers from `from` on, 24 bytes: address, then weight in the sale, big endian.
        #[ink(message, name = "sharesIn")]
        pub fn shares_in(&self, sale: Arg<SaleNumber, 0>, from: Arg<MemberNumber, 1>, count: Arg<u32, 2>) -> DynBytes {
            let (count, most) = (count.get(), chorus_core::escrow::MAX_RANGE);
            if count == 0 || count > most {
                host::refuse(Error::RangeOutOfBounds { count, most });
            }
            let mut packed = Vec::with_capacity(count as usize * 24);
            ok(rules::visit_shares(self, sale.get(), from.get(), count, |member, weight| {
                packed.extend_from_slice(&member.0);
                packed.extend_from_slice(&weight.0.to_be_bytes());
            }));
            host::answer_bytes(&packed)
        }

        /// The attesters in force.
        #[ink(message, name = "attesters")]
        pub fn attester_keys(&self) -> Vec<Address> {
            host::answer_list(self.attesters().keys())
        }

        /// How many of them must sign.
        #[ink(message)]
        pub fn threshold(&self) -> u8 {
            host::answer(self.attesters().threshold)
        }

        /// The last second of the present or last pause.
        #[ink(message, name = "pausedUntil")]
        pub fn paused_until(&self) -> u64 {
            host::answer(self.root().pause.stored())
        }

        /// The EIP-712 domain separator on this chain.
        #[ink(message, name = "DOMAIN_SEPARATOR")]
        pub fn domain_separator(&self) -> FixedBytes<32> {
            host::answer(self.domain(self.root().salt).separator::<Self>())
        }

        /// ERC-5267: the fields of the EIP-712 domain.
        ///
        /// Encoded by hand: a tuple with text in it ink! would put behind an offset, which the standard does not have.
        #[allow(clippy::type_complexity, reason = "the standard's answer")]
        #[ink(message, name = "eip712Domain")]
        pub fn eip712_domain(
            &self,
        ) -> (FixedBytes<1>, String, String, ink::U256, Address, FixedBytes<32>, Vec<ink::U256>) {
            host::end(&self.domain(self.root().salt).erc5267())
        }

        fn admit(
            &mut self,
            member: Account,
            contribution: Contribution,
            purposes: u16,
            signatures: &[u8],
            member_signature: Option<&[u8]>,
        ) -> ! {
            let submission = Submission { member, contribution, purposes, signatures, member_signature };
            host::answer(ok(rules::attest(self, host::now(), &submission)))
        }

        fn relay(&mut self, member: Account, act: MemberAct, deadline: Time, signature: &[u8]) -> ! {
            host::done(rules::relay(self, host::now(), member, act, deadline, signature))
        }
    }
}
