alloy_sol_types::sol! {
    #[derive(Debug, PartialEq, Eq)]
    interface Escrow {
        // Amounts in the currency's smallest unit (native money: 18 decimals). Currency 0x0 is native money.
        // amounts: listing fee, reserve for a million points; parts: fee and tip in bps; periods: opt-out, shortest and longest delivery or dispute, ruling, in seconds.
        constructor(address attestations, address votes, address guardian, uint128[2] amounts, uint16[2] parts, uint32 cohort_min, uint64[4] periods, address[] custodians, address[] arbiters);

        event EscrowDeployed(address attestations, address votes, address guardian, bytes32 salt, uint64 max_pause_s, uint64 min_unpaused_s);
        event SettingsChanged(uint128 listing_fee, uint128 reserve_per_million, uint16 fee_bps, uint16 tip_bps, uint32 cohort_min, uint64 opt_out_s, uint64 period_min_s, uint64 period_max_s, uint64 ruling_s);
        event CustodianAdded(address indexed custodian);
        event ArbiterAdded(address indexed arbiter);
        event CurrencyAllowed(address indexed currency, uint128 base_amount);

        // The offer as hashed into its id (with chain id and contract) …
        event OfferMade(bytes32 indexed offer, address indexed buyer, address currency, uint128 price, uint8 purpose, bytes32 fields_hash, bytes32 licence_hash, uint32 min_members, uint64 min_weight, address custodian, address arbiter, bytes32 salt);
        // … and everything it was made with. Voting until voting_ends; leaving until opt_out_ends; delivery until delivery_ends (inclusive).
        event OfferTerms(bytes32 indexed offer, uint32 indexed sale, uint64 voting_ends, uint64 opt_out_ends, uint64 delivery_ends, uint64 dispute_s, uint64 ruling_s, uint16 fee_bps, uint16 tip_bps, uint128 listing_fee, uint64 total_weight, uint32 members);

        // outcome: 1 = sealed, 2 = defeated, 3 = minimum missed. W and M final.
        event Sealed(bytes32 indexed offer, uint8 outcome, uint64 total_weight, uint32 members);
        event Delivered(bytes32 indexed offer, bytes32 bundle_hash, bytes32 manifest_root, uint64 dispute_ends, uint64 ruling_ends);
        event Accepted(bytes32 indexed offer);
        event Disputed(bytes32 indexed offer, bytes32 reason_hash);
        // `returned` goes to the buyer's credit.
        event Ruled(bytes32 indexed offer, address indexed arbiter, uint16 returned_bps, uint128 returned);
        event Refunded(bytes32 indexed offer, address indexed buyer, uint128 amount);
        // One member settled: `share` was pushed to `to`, or (credited = 1) became the member's credit; `tip` is owed to `keeper`.
        event SharePaid(bytes32 indexed offer, address indexed member, uint32 number, uint32 weight, uint128 share, uint128 tip, address to, address keeper, bool credited, uint32 settled);
        // The last member is settled: fee and residue went to the treasury's credit.
        event OfferPaid(bytes32 indexed offer, uint128 paid_sum, uint128 tip_sum, uint128 fee, uint128 residue);

        // A credit changed: reason 1 = listing fee, 2 = refund, 3 = returned by a ruling, 4 = tip, 5 = failed push, 6 = fee and residue.
        // The treasury's owner is address 0x0. `balance` is the resulting credit.
        event Credited(address indexed currency, address indexed owner, uint8 reason, uint128 amount, uint128 balance, bytes32 offer);
        event CreditWithdrawn(address indexed currency, address indexed owner, address to, uint128 amount);
        event Paused(address indexed guardian, uint64 until, uint64 next_allowed);

        // Value sent = price + listing fee, exactly.
        function offer(address currency, uint128 price, uint8 purpose, bytes32 fields_hash, bytes32 licence_hash, uint32 min_members, uint64 min_weight, address custodian, address arbiter, uint64 delivery_s, uint64 dispute_s, bytes32 salt) external payable returns (bytes32 offer);
        function seal(bytes32 offer) external returns (uint8 outcome);
        function deliver(bytes32 offer, bytes32 bundle_hash, bytes32 manifest_root) external;
        function accept(bytes32 offer) external;
        function dispute(bytes32 offer, bytes32 reason_hash) external;
        function rule(bytes32 offer, uint16 returned_bps) external;
        function refund(bytes32 offer) external returns (uint128 amount);
        // Settles the members in the sale among `count` numbers from `from`; returns how many it settled.
        function distribute(bytes32 offer, uint32 from, uint32 count) external returns (uint32 settled);
        function claim(bytes32 offer, address to) external returns (uint128 share);
        function withdrawCredit(address currency, address to) external returns (uint128 amount);
        function pause(uint64 until) external;

        // 0 none, 1 voting, 2 opt-out, 3 awaiting seal, 4 refundable, 5 refunded, 6 sealed, 7 delivered, 8 disputed, 9 settling, 10 paid.
        function status(bytes32 offer) external view returns (uint8);
        // The stored facts of an offer: see `contracts/core/src/offer.rs` for the layout.
        function offerCell(bytes32 offer) external view returns (bytes);
        // price, paid, fee, tip for each member, net: from Settling on.
        function settlement(bytes32 offer) external view returns (uint128 price, uint128 paid, uint128 fee, uint128 tip, uint128 net);
        function isPaid(bytes32 offer, uint32 number) external view returns (bool);
        function creditOf(address currency, address owner) external view returns (uint128);
        function settings() external view returns (uint128 listing_fee, uint128 reserve_per_million, uint16 fee_bps, uint16 tip_bps, uint32 cohort_min, uint64 opt_out_s, uint64 period_min_s, uint64 period_max_s, uint64 ruling_s);
        function pausedUntil() external view returns (uint64);
        function DOMAIN_SEPARATOR() external view returns (bytes32);
    }
}
