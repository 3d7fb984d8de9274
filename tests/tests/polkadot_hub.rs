//! The pool on a chain with Polkadot Hub's assets precompile, through which an asset of `pallet-assets`, such as an
//! issuer's dollar, is a currency. The embedded chain has no such precompile, so these tests have a small runtime.
#![allow(
    missing_docs,
    unexpected_cfgs,
    reason = "the macros of the chain's own code write neither documents nor features"
)]

use chorus::deploy::constructors;
use chorus_bindings::{
    Address, B256, Contract, SolCall, SolInterface as _, SolStruct as _, U256, attestations, code, eip712_domain,
    escrow::{self, EscrowErrors as Error},
    signed::{Permit, digest},
    tokens, votes,
};
use chorus_core::{
    hash::{Keccak as _, Software},
    names::Seal,
    types::Amount,
};
use chorus_tests::bytecode::{
    self, BUYER, CUSTODIAN, DEPLOYER, KEEPER, START, account, address, attest_call, attestation, attester,
    deliver_call, h160, member, setting_call, sign, terms,
};
use pallet_assets_precompiles::{ERC20, InlineIdConfig};
use pallet_revive::{AccountId32Mapper, Code, ExecConfig, TransactionLimits};
use polkadot_sdk::{
    frame_support::{
        construct_runtime, derive_impl,
        traits::{AsEnsureOriginWithArg, ConstU64, VariantCountOf},
        weights::Weight,
    },
    frame_system, pallet_balances, pallet_timestamp, sp_io,
    sp_runtime::{AccountId32, BuildStorage as _, traits::IdentityLookup},
};

construct_runtime!(
    pub enum Hub {
        System: frame_system,
        Timestamp: pallet_timestamp,
        Balances: pallet_balances,
        Assets: pallet_assets,
        Permits: pallet_assets_precompiles::permit,
        Revive: pallet_revive,
    }
);

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Hub {
    type AccountData = pallet_balances::AccountData<u128>;
    type AccountId = AccountId32;
    type Block = frame_system::mocking::MockBlock<Self>;
    type Lookup = IdentityLookup<AccountId32>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Hub {}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Hub {
    type AccountStore = System;
    type Balance = u128;
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type RuntimeFreezeReason = RuntimeFreezeReason;
}

#[derive_impl(pallet_assets::config_preludes::TestDefaultConfig)]
impl pallet_assets::Config for Hub {
    type Balance = u128;
    type CreateOrigin = AsEnsureOriginWithArg<frame_system::EnsureSigned<AccountId32>>;
    type Currency = Balances;
    type ForceOrigin = frame_system::EnsureRoot<AccountId32>;
}

impl pallet_assets_precompiles::PermitConfig for Hub {
    type ChainId = ConstU64<CHAIN_ID>;
    type WeightInfo = ();
}

#[derive_impl(pallet_revive::config_preludes::TestDefaultConfig)]
impl pallet_revive::Config for Hub {
    type AddressMapper = AccountId32Mapper<Self>;
    type Balance = u128;
    type ChainId = ConstU64<CHAIN_ID>;
    type Currency = Balances;
    type InstantiateOrigin = frame_system::EnsureSigned<AccountId32>;
    // As on Polkadot Hub, an asset's address is its id, with `0x0120` from byte 16 on.
    type Precompiles = (ERC20<Self, InlineIdConfig<0x0120>>,);
    type Time = Timestamp;
    type UploadOrigin = frame_system::EnsureSigned<AccountId32>;
}

const CHAIN_ID: u64 = 420_420_419;
/// The asset's number, which is that of USDC on Polkadot Hub, its smallest balance, and one dollar.
const ASSET: u32 = 1_337;
const MIN_BALANCE: u128 = 10_000;
const DOLLAR: u128 = 1_000_000;
const RICH: u128 = 1 << 80;

/// The asset as a contract.
fn asset() -> Address {
    let mut address = [0; 20];
    address[..4].copy_from_slice(&ASSET.to_be_bytes());
    address[16..18].copy_from_slice(&0x0120u16.to_be_bytes());
    address.into()
}

/// The pool on that chain, with a single member of 1,000,000 points.
struct Pool {
    ext: sp_io::TestExternalities,
    now: u64,
    contracts: [Address; 3],
}

impl Pool {
    fn new() -> Self {
        let storage = RuntimeGenesisConfig::default().build_storage().unwrap();
        let contracts = [0, 1, 2].map(|nonce| address(pallet_revive::create1(&h160(DEPLOYER), nonce)));
        let mut pool = Self { ext: storage.into(), now: START, contracts };
        pool.ext.execute_with(|| {
            System::set_block_number(1);
            for who in [DEPLOYER, BUYER, CUSTODIAN, KEEPER, member(1)] {
                Balances::force_set_balance(RuntimeOrigin::root(), account(who), RICH).unwrap();
            }
            // Sufficient: an account can exist with this asset alone.
            Assets::force_create(RuntimeOrigin::root(), ASSET, account(DEPLOYER), true, MIN_BALANCE).unwrap();
        });
        let mut settings = bytecode::settings();
        settings.offers.listing_fee = Amount(DOLLAR);
        let arguments = constructors(&settings, contracts).unwrap();
        for (contract, arguments) in Contract::ALL.into_iter().zip(arguments) {
            assert_eq!(pool.instantiate(contract, arguments), pool.address(contract));
        }
        assert_eq!(pool.contribute(member(1), 1_000_000), 1);
        pool.now += 1;
        pool
    }

    fn address(&self, contract: Contract) -> Address {
        self.contracts[contract as usize]
    }

    fn run<R>(&mut self, f: impl FnOnce() -> R) -> R {
        let now_ms = self.now * 1_000;
        self.ext.execute_with(|| {
            Timestamp::set_timestamp(now_ms);
            f()
        })
    }

    fn instantiate(&mut self, contract: Contract, arguments: Vec<u8>) -> Address {
        let made = self.run(|| {
            System::inc_account_nonce(account(DEPLOYER));
            Revive::bare_instantiate(
                RuntimeOrigin::signed(account(DEPLOYER)),
                0.into(),
                limits(),
                Code::Upload(code(contract).to_vec()),
                arguments,
                None,
                &ExecConfig::new_substrate_tx_without_bump(),
            )
        });
        address(made.result.expect("an instance").addr)
    }

    /// Calls whatever is at an address: its answer, or the data of its refusal.
    fn try_call<C: SolCall>(&mut self, from: Address, to: Address, call: &C) -> Result<C::Return, Vec<u8>> {
        let data = call.abi_encode();
        let done = self.run(|| {
            let origin = RuntimeOrigin::signed(account(from));
            Revive::bare_call(origin, h160(to), 0.into(), limits(), data, &ExecConfig::new_substrate_tx())
        });
        let answer = done.result.expect("the chain ends no call");
        match answer.did_revert() {
            true => Err(answer.data),
            false => Ok(C::abi_decode_returns_validate(&answer.data).expect("the answer is as the ABI says")),
        }
    }

    #[track_caller]
    fn call<C: SolCall>(&mut self, from: Address, to: Address, call: &C) -> C::Return {
        self.try_call(from, to, call).unwrap_or_else(|data| panic!("{}: {:?}", C::SIGNATURE, refusal(&data)))
    }

    #[track_caller]
    fn escrow<C: SolCall>(&mut self, from: Address, call: &C) -> C::Return {
        self.call(from, self.address(Contract::Escrow), call)
    }

    fn contribute(&mut self, who: Address, weight: u32) -> u32 {
        let at = self.address(Contract::Attestations);
        let salt = self.call(who, at, &attestations::eip712DomainCall {}).salt;
        let domain = eip712_domain(Contract::Attestations, CHAIN_ID, at, salt);
        let attestation = attestation(who, 0, weight, self.now);
        let signatures = [1, 2].map(|number| sign(&attester(number), attestation.eip712_signing_hash(&domain)));
        self.call(who, at, &attest_call(&attestation, 1, &signatures))
    }

    fn mint(&mut self, to: Address, amount: u128) {
        self.run(|| Assets::mint(RuntimeOrigin::signed(account(DEPLOYER)), ASSET, account(to), amount)).unwrap();
    }

    fn balance(&mut self, of: Address) -> u128 {
        self.call(KEEPER, asset(), &tokens::balanceOfCall { account: of }).to()
    }

    fn credit(&mut self, owner: Address) -> u128 {
        self.escrow(KEEPER, &escrow::creditOfCall { currency: asset(), owner })
    }

    /// Member 1 proposes to allow the asset with this base amount and votes for it; then it can be executed.
    fn propose_to_allow(&mut self, base_amount: u128) -> escrow::executeCall {
        let arguments = [("currency", asset().to_string()), ("base_amount", base_amount.to_string())];
        let call = setting_call(Contract::Escrow, "allowCurrency", &arguments);
        let (targets, calls) = (vec![self.address(Contract::Escrow)], vec![call]);
        let description = format!("allow it with {base_amount}");
        let description_hash = Software::keccak(description.as_bytes()).into();
        let propose = escrow::proposeCall { targets: targets.clone(), calls: calls.clone(), description };
        let proposal = self.escrow(member(1), &propose);
        self.vote(proposal);
        self.now = self.escrow(KEEPER, &escrow::proposalTimesCall { proposal }).executable_from;
        escrow::executeCall { targets, calls, description_hash }
    }

    fn vote(&mut self, id: B256) {
        let vote = votes::castVoteCall { proposalId: id.into(), support: 1 };
        self.call(member(1), self.address(Contract::Votes), &vote);
    }

    /// The asset becomes a currency, of which `escrow` holds the chain's minimum balance.
    fn allow(&mut self) {
        self.mint(self.address(Contract::Escrow), MIN_BALANCE);
        let execute = self.propose_to_allow(MIN_BALANCE);
        self.escrow(KEEPER, &execute);
    }

    fn terms(&self, price: u128) -> escrow::offerCall {
        terms(asset(), price, self.now)
    }

    /// Leads an offer to its settling.
    fn sell(&mut self, offer: B256, buyer: Address) {
        self.vote(offer);
        self.now += 151;
        assert_eq!(self.escrow(KEEPER, &escrow::sealCall { offer }), Seal::Sealed.code());
        self.escrow(CUSTODIAN, &deliver_call(offer));
        self.escrow(buyer, &escrow::acceptCall { offer });
    }
}

fn limits() -> TransactionLimits<Hub> {
    TransactionLimits::WeightAndDeposit { weight_limit: Weight::MAX, deposit_limit: RICH / 1_000 }
}

fn refusal(data: &[u8]) -> Option<Error> {
    Error::abi_decode_validate(data).ok()
}

#[test]
fn t26_an_asset_is_allowed_when_escrow_holds_its_least_balance() {
    let mut pool = Pool::new();
    let execute = pool.propose_to_allow(MIN_BALANCE);
    let escrow = pool.address(Contract::Escrow);
    let refused = refusal(&pool.try_call(KEEPER, escrow, &execute).unwrap_err());
    assert!(
        matches!(refused, Some(Error::BaseAmountMissing(missing)) if missing.held == 0),
        "the escrow holds none yet"
    );
    pool.mint(escrow, MIN_BALANCE);
    pool.escrow(KEEPER, &execute);
}

/// Shows T20, T28.
#[test]
fn a_sale_in_an_asset_pays_whom_it_can_and_credits_whom_it_cannot() {
    let mut pool = Pool::new();
    // Two more members. The share of one is less than an account may hold.
    for (number, weight) in [(2, 1_000_000), (3, 100)] {
        pool.run(|| Balances::force_set_balance(RuntimeOrigin::root(), account(member(number)), RICH)).unwrap();
        assert_eq!(pool.contribute(member(number), weight), number);
    }
    pool.allow();
    let (price, escrow) = (100 * DOLLAR, pool.address(Contract::Escrow));
    pool.mint(BUYER, 1_000 * DOLLAR);
    let refused = pool.try_call(BUYER, escrow, &pool.terms(price)).map_err(|data| refusal(&data));
    assert!(matches!(refused, Err(Some(Error::TransferRefused(_)))), "nothing is approved");
    pool.call(BUYER, asset(), &tokens::approveCall { spender: escrow, amount: U256::from(price + DOLLAR) });
    let offer = pool.escrow(BUYER, &pool.terms(price));
    assert_eq!(pool.balance(BUYER), 899 * DOLLAR);

    pool.sell(offer, BUYER);
    assert_eq!(pool.escrow(KEEPER, &escrow::distributeCall { offer, from: 1, count: 3 }), 3);
    // The fee is 5, the tips are 1 minus what rounding leaves; the rest goes by weight.
    let (fee, tip) = (5 * DOLLAR, DOLLAR / 3);
    let share = |weight: u128| (price - fee - 3 * tip) * weight / 2_000_100;
    for number in [1, 2] {
        assert_eq!(pool.balance(member(number)), share(1_000_000));
    }
    assert!(share(100) < MIN_BALANCE);
    assert_eq!((pool.balance(member(3)), pool.credit(member(3))), (0, share(100)));

    // Each takes what is theirs, and the minimum balance stays.
    let take = |to| escrow::withdrawCreditCall { currency: asset(), to };
    pool.escrow(member(3), &take(BUYER));
    assert_eq!(pool.balance(BUYER), 899 * DOLLAR + share(100));
    pool.escrow(KEEPER, &take(KEEPER));
    assert_eq!(pool.balance(KEEPER), 3 * tip);
    assert_eq!(pool.balance(escrow), MIN_BALANCE + pool.credit(Address::ZERO));
}

#[test]
fn an_offer_in_an_asset_is_paid_by_its_owners_permit() {
    let mut pool = Pool::new();
    pool.allow();
    let key = attester(9);
    let (buyer, escrow, price) = (bytecode::address_of(&key), pool.address(Contract::Escrow), 100 * DOLLAR);
    pool.run(|| Balances::force_set_balance(RuntimeOrigin::root(), account(buyer), RICH)).unwrap();
    pool.mint(buyer, 200 * DOLLAR);
    let deadline = U256::from(pool.now + 60);
    let permit =
        Permit { owner: buyer, spender: escrow, value: U256::from(price + DOLLAR), nonce: U256::ZERO, deadline };
    let separator = pool.call(buyer, asset(), &tokens::DOMAIN_SEPARATORCall {});
    let [rs @ .., v] = sign(&key, digest(separator, permit.eip712_hash_struct()));
    let offering = escrow::offerWithPermitCall {
        terms: pool.terms(price).abi_encode().split_off(4).into(),
        permit_deadline: deadline,
        v,
        r: B256::from_slice(&rs[..32]),
        s: B256::from_slice(&rs[32..]),
    };
    let offer = pool.escrow(buyer, &offering);
    assert_eq!(pool.balance(buyer), 99 * DOLLAR);
    assert_eq!(pool.call(buyer, asset(), &tokens::noncesCall { owner: buyer }), U256::from(1));
    pool.sell(offer, buyer);
    assert_eq!(pool.escrow(KEEPER, &escrow::distributeCall { offer, from: 1, count: 1 }), 1);
    assert_eq!(pool.balance(member(1)), 94 * DOLLAR);
}
