alloy_sol_types::sol! {
    #[derive(Debug, PartialEq, Eq)]
    interface Attestations {
        constructor(address votes, address escrow, address guardian, address[] attesters, uint8 threshold, uint64 daily_weight_cap, uint8 purposes, bytes32 purposes_hash);

        // Deployment. `purposes` = how many purposes; `purposes_hash` = keccak of the keccaks of their texts.
        event AttestationsDeployed(address votes, address escrow, address guardian, uint8 threshold, uint64 daily_weight_cap, uint8 purposes, bytes32 purposes_hash, bytes32 salt, uint64 max_pause_s, uint64 min_unpaused_s);
        event AttesterAdded(address indexed attester);

        // A contribution was accepted (or replaced: previous_weight > 0). `nonce` is the member's next one.
        event Attested(address indexed member, uint32 indexed number, bytes32 commitment, bytes32 nullifier, uint32 weight, uint32 previous_weight, uint16 purposes, uint16 rule_version, uint8 route, uint64 nonce);
        event PurposesChanged(address indexed member, uint32 indexed number, uint32 weight, uint16 previous_purposes, uint16 purposes, uint64 nonce);
        event Withdrawn(address indexed member, uint32 indexed number, uint32 weight, uint16 purposes, bytes32 nullifier, uint64 nonce);

        // A sale takes in everybody whose contribution allows `purpose` now; W and M as copied.
        event SaleOpened(uint32 indexed sale, uint8 purpose, uint64 window_ends, uint64 total_weight, uint32 members);
        // Resulting W and M after a member left (leave, dropped purpose, withdrawal). `nonce` is the member's next one.
        event SaleLeft(uint32 indexed sale, address indexed member, uint32 number, uint32 weight, uint64 total_weight, uint32 members, uint64 nonce);
        event Paused(address indexed guardian, uint64 until, uint64 next_allowed);

        // Messages.
        function attest(bytes32 commitment, bytes32 nullifier, uint32 weight, uint16 rule_version, uint8 route, uint16 purposes, uint64 deadline, bytes signatures) external returns (uint32 number);
        function setPurposes(uint16 purposes) external;
        function withdraw() external;
        function leave(uint32 sale) external;
        function openSale(uint8 purpose, uint64 window_ends) external returns (uint32 sale, uint64 total_weight, uint32 members);
        function pause(uint64 until) external;

        // Views. A member number starts at 1; 0 = no such member. A sale number starts at 1.
        function memberOf(address member) external view returns (uint32 number, uint32 weight, uint16 purposes, uint64 nonce, bytes32 commitment, bytes32 nullifier);
        function memberAt(uint32 number) external view returns (address member);
        function memberCount() external view returns (uint32);
        function saleCount() external view returns (uint32);
        function nonces(address member) external view returns (uint256);
        function purposeTotals(uint8 purpose) external view returns (uint64 total_weight, uint32 members);
        function saleTotals(uint32 sale) external view returns (uint8 purpose, uint64 window_ends, uint64 total_weight, uint32 members);
        // Weight in the sale (0 = not in it) and number.
        function shareOf(uint32 sale, address member) external view returns (uint32 number, uint32 weight);
        // 24 bytes for each number from `from` on, `count` of them: address ‖ weight in the sale (u32, big endian).
        function sharesIn(uint32 sale, uint32 from, uint32 count) external view returns (bytes);
        function attesters() external view returns (address[]);
        function threshold() external view returns (uint8);
        function pausedUntil() external view returns (uint64);
        function DOMAIN_SEPARATOR() external view returns (bytes32);
    }
}
