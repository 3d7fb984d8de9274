//! Contributions, consent, weights, who is in which sale: the ink! shell over [`chorus_core::attestations`].

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
    use chorus_core::attestations::acts::MemberAct;
    use chorus_core::attestations::{self as rules, Construction, Contribution, Host as _, Root, Submission};
    use chorus_core::error::Error;
    use chorus_core::types::{self, MemberNumber, Points, SaleNumber, Weight};
    use chorus_host::{self as host, Refused};
    use ink::prelude::{string::String, vec::Vec};
    use ink::sol::{DynBytes, FixedBytes};

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
            votes: Address,
            escrow: Address,
            guardian: Address,
            attesters: Vec<Address>,
            threshold: u8,
            daily_weight_cap: u64,
            purposes: u8,
            purposes_hash: FixedBytes<32>,
        ) -> Result<Self, Refused> {
            let with = Construction {
                votes: types::Address(votes.0),
                escrow: types::Address(escrow.0),
                guardian: types::Address(guardian.0),
                daily_weight_cap: Points(daily_weight_cap),
                purposes,
                purposes_hash: purposes_hash.0,
                salt: host::deployment_salt(),
            };
            let keys = addresses(&attesters);
            let (root, set) = rules::construct(&with, &keys, threshold)?;
            let mut contract = Self { root: root.to_bytes() };
            rules::Host::set_attesters(&mut contract, &set);
            for event in rules::construction_events(&with, &keys, threshold) {
                contract.emit(event);
            }
            Ok(contract)
        }

        /// Contributes, or replaces the caller's contribution: with the attesters' signatures, 65 bytes each.
        #[allow(clippy::too_many_arguments, reason = "flat arguments read better in wallets than a tuple")]
        #[ink(message)]
        pub fn attest(
            &mut self,
            commitment: FixedBytes<32>,
            nullifier: FixedBytes<32>,
            weight: u32,
            rule_version: u16,
            route: u8,
            purposes: u16,
            deadline: u64,
            signatures: DynBytes,
        ) -> Result<u32, Refused> {
            let contribution = Contribution {
                commitment: commitment.0,
                nullifier: nullifier.0,
                weight: Weight(weight),
                rule_version,
                route,
                deadline: types::Timestamp(deadline),
            };
            let (member, signatures) = (host::caller(), &signatures.0);
            let submission = Submission { member, contribution, purposes, signatures, member_signature: None };
            Ok(rules::attest(self, host::now(), &submission)?.0)
        }

        /// Contributes, or replaces, what `member` signed: an Ethereum key 65 bytes, a Substrate key 96.
        #[allow(clippy::too_many_arguments, reason = "flat arguments read better in wallets than a tuple")]
        #[ink(message, name = "attestFor")]
        pub fn attest_for(
            &mut self,
            member: Address,
            commitment: FixedBytes<32>,
            nullifier: FixedBytes<32>,
            weight: u32,
            rule_version: u16,
            route: u8,
            purposes: u16,
            deadline: u64,
            signatures: DynBytes,
            member_signature: DynBytes,
        ) -> Result<u32, Refused> {
            let contribution = Contribution {
                commitment: commitment.0,
                nullifier: nullifier.0,
                weight: Weight(weight),
                rule_version,
                route,
                deadline: types::Timestamp(deadline),
            };
            let (member, member_signature) = (types::Address(member.0), Some(&member_signature.0[..]));
            let submission = Submission { member, contribution, purposes, signatures: &signatures.0, member_signature };
            Ok(rules::attest(self, host::now(), &submission)?.0)
        }

        /// Contributes for many members, packed as [`Submission::pack`] says; a refused one is skipped with an event.
        /// Returns how many were accepted.
        #[ink(message, name = "attestMany")]
        pub fn attest_many(&mut self, contributions: DynBytes) -> Result<u32, Refused> {
            Ok(rules::attest_many(self, host::now(), &contributions.0)?)
        }

        /// Allows exactly these purposes from now on, a bit each; leaves every open sale whose purpose is dropped.
        #[ink(message, name = "setPurposes")]
        pub fn set_purposes(&mut self, purposes: u16) -> Result<(), Refused> {
            Ok(rules::set_purposes(self, host::now(), host::caller(), purposes)?)
        }

        /// The same, as `member` signed it.
        #[ink(message, name = "setPurposesFor")]
        pub fn set_purposes_for(
            &mut self,
            member: Address,
            purposes: u16,
            deadline: u64,
            signature: DynBytes,
        ) -> Result<(), Refused> {
            self.relay(member, MemberAct::SetPurposes(purposes), deadline, signature)
        }

        /// Takes the caller's contribution back, out of every sale whose window is open. No pause stops this.
        #[ink(message)]
        pub fn withdraw(&mut self) -> Result<(), Refused> {
            Ok(rules::withdraw(self, host::now(), host::caller())?)
        }

        /// The same, as `member` signed it.
        #[ink(message, name = "withdrawFor")]
        pub fn withdraw_for(&mut self, member: Address, deadline: u64, signature: DynBytes) -> Result<(), Refused> {
            self.relay(member, MemberAct::Withdraw, deadline, signature)
        }

        /// Takes the caller out of one sale, for good, as long as its window is open.
        #[ink(message)]
        pub fn leave(&mut self, sale: u32) -> Result<(), Refused> {
            Ok(rules::leave(self, host::now(), host::caller(), SaleNumber(sale))?)
        }

        /// The same, as `member` signed it.
        #[ink(message, name = "leaveFor")]
        pub fn leave_for(
            &mut self,
            member: Address,
            sale: u32,
            deadline: u64,
            signature: DynBytes,
        ) -> Result<(), Refused> {
            self.relay(member, MemberAct::Leave(SaleNumber(sale)), deadline, signature)
        }

        /// For `escrow`: opens a sale for everybody who allows `purpose` now. Returns sale, weight and members.
        #[ink(message, name = "openSale")]
        pub fn open_sale(&mut self, purpose: u8, window_ends: u64) -> Result<(u32, u64, u32), Refused> {
            let opened = rules::open_sale(self, host::now(), host::caller(), purpose, types::Timestamp(window_ends))?;
            Ok((opened.sale.0, opened.total_weight.0, opened.members))
        }

        /// For the DAO: takes a fraud out, with the attesters' signatures over member, nullifier and deadline.
        #[ink(message)]
        pub fn revoke(&mut self, member: Address, deadline: u64, signatures: DynBytes) -> Result<(), Refused> {
            let (member, deadline) = (types::Address(member.0), types::Timestamp(deadline));
            Ok(rules::revoke(self, host::now(), host::caller(), member, deadline, &signatures.0)?)
        }

        /// For the DAO: sets who attests and how many of them must sign. What was accepted stays.
        #[ink(message, name = "setAttesters")]
        pub fn set_attesters(&mut self, attesters: Vec<Address>, threshold: u8) -> Result<(), Refused> {
            Ok(rules::set_attesters(self, host::caller(), &addresses(&attesters), threshold)?)
        }

        /// For the DAO: caps the new weight of a UTC day.
        #[ink(message, name = "setDailyWeightCap")]
        pub fn set_daily_weight_cap(&mut self, cap: u64) -> Result<(), Refused> {
            Ok(rules::set_daily_weight_cap(self, host::caller(), Points(cap))?)
        }

        /// For the DAO: names who may pause; 0x0 is nobody.
        #[ink(message, name = "setGuardian")]
        pub fn set_guardian(&mut self, guardian: Address) -> Result<(), Refused> {
            Ok(rules::set_guardian(self, host::caller(), types::Address(guardian.0))?)
        }

        /// For the guardian: stops new and replaced contributions until then, seven days at most.
        #[ink(message)]
        pub fn pause(&mut self, until: u64) -> Result<(), Refused> {
            Ok(rules::pause(self, host::now(), host::caller(), types::Timestamp(until))?)
        }

        /// Number (0: nobody), weight, purposes, nonce, commitment and nullifier of a member.
        #[ink(message, name = "memberOf")]
        pub fn member_of(&self, member: Address) -> (u32, u32, u16, u64, FixedBytes<32>, FixedBytes<32>) {
            let account = self.member(types::Address(member.0));
            let (page, slot) = rules::Page::place(account.number);
            let record = self.page(page).get(slot);
            (
                account.number.0,
                record.weight.0,
                record.purposes.bits(),
                account.nonce,
                FixedBytes(account.commitment),
                FixedBytes(account.nullifier),
            )
        }

        /// Who has this number; nobody is 0x0.
        #[ink(message, name = "memberAt")]
        pub fn member_at(&self, number: u32) -> Address {
            let (page, slot) = rules::Page::place(MemberNumber(number));
            self.page(page).get(slot).member.0.into()
        }

        /// Numbers given so far.
        #[ink(message, name = "memberCount")]
        pub fn member_count(&self) -> u32 {
            self.root().members
        }

        /// Sales opened so far.
        #[ink(message, name = "saleCount")]
        pub fn sale_count(&self) -> u32 {
            self.root().sales
        }

        /// Accepted acts of a member so far, which is the nonce of their next one.
        #[ink(message)]
        pub fn nonces(&self, member: Address) -> ink::U256 {
            self.member(types::Address(member.0)).nonce.into()
        }

        /// Weight and members that allow a purpose now.
        #[ink(message, name = "purposeTotals")]
        pub fn purpose_totals(&self, purpose: u8) -> Result<(u64, u32), Refused> {
            let root = self.root();
            let total = root.total(rules::known_purpose(&root, purpose)?);
            Ok((total.weight.0, total.members))
        }

        /// Purpose, end of the window, weight and members of a sale; the last two are final once the window is over.
        #[ink(message, name = "saleTotals")]
        pub fn sale_totals(&self, sale: u32) -> Result<(u8, u64, u64, u32), Refused> {
            let sale = SaleNumber(sale);
            let facts = self.sale(sale).ok_or(Error::NoSuchSale { sale })?;
            Ok((facts.purpose, facts.window_ends.0, facts.total_weight.0, facts.members))
        }

        /// A member's number and weight in a sale; weight 0 is not in it.
        #[ink(message, name = "shareOf")]
        pub fn share_of(&self, sale: u32, member: Address) -> (u32, u32) {
            let number = self.member(types::Address(member.0)).number;
            (number.0, rules::weight_in(self, SaleNumber(sale), number).0)
        }

        /// For each of `count` numbers from `from` on, 24 bytes: address, then weight in the sale, big endian.
        #[ink(message, name = "sharesIn")]
        pub fn shares_in(&self, sale: u32, from: u32, count: u32) -> Result<DynBytes, Refused> {
            let most = chorus_core::escrow::MAX_RANGE;
            if count == 0 || count > most {
                host::refuse(Error::RangeOutOfBounds { count, most });
            }
            let mut packed = Vec::with_capacity(count as usize * 24);
            rules::visit_shares(self, SaleNumber(sale), MemberNumber(from), count, |member, weight| {
                packed.extend_from_slice(&member.0);
                packed.extend_from_slice(&weight.0.to_be_bytes());
            })?;
            Ok(DynBytes(packed))
        }

        /// The attesters in force.
        #[ink(message, name = "attesters")]
        pub fn attester_keys(&self) -> Vec<Address> {
            self.attesters().keys().iter().map(|key| key.0.into()).collect()
        }

        /// How many of them must sign.
        #[ink(message)]
        pub fn threshold(&self) -> u8 {
            self.attesters().threshold
        }

        /// The last second of the present or last pause.
        #[ink(message, name = "pausedUntil")]
        pub fn paused_until(&self) -> u64 {
            self.root().pause.until.0
        }

        /// The EIP-712 domain separator on this chain.
        #[ink(message, name = "DOMAIN_SEPARATOR")]
        pub fn domain_separator(&self) -> FixedBytes<32> {
            FixedBytes(self.domain(self.root().salt).separator::<Self>())
        }

        /// ERC-5267: the fields of the EIP-712 domain.
        ///
        /// Encoded by hand: a tuple with text in it ink! would put behind an offset, which the standard does not have.
        #[allow(clippy::type_complexity, reason = "the standard's answer")]
        #[ink(message, name = "eip712Domain")]
        pub fn eip712_domain(
            &self,
        ) -> (FixedBytes<1>, String, String, ink::U256, Address, FixedBytes<32>, Vec<ink::U256>) {
            host::answer(&self.domain(self.root().salt).erc5267())
        }

        fn relay(
            &mut self,
            member: Address,
            act: MemberAct,
            deadline: u64,
            signature: DynBytes,
        ) -> Result<(), Refused> {
            let (member, deadline) = (types::Address(member.0), types::Timestamp(deadline));
            Ok(rules::relay(self, host::now(), member, act, deadline, &signature.0)?)
        }
    }

    fn addresses(addresses: &[Address]) -> Vec<types::Address> {
        addresses.iter().map(|address| types::Address(address.0)).collect()
    }
}
