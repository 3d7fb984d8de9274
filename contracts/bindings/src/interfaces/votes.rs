alloy_sol_types::sol! {
    #[derive(Debug, PartialEq, Eq)]
    interface Votes {
        constructor(address attestations, address escrow, uint64 voting_period_s, uint16 quorum_bps, uint64 quorum_min, uint16 approval_bps);

        event VotesDeployed(address attestations, address escrow, uint64 voting_period_s, uint16 quorum_bps, uint64 quorum_min, uint16 approval_bps, bytes32 salt);

        // ERC-20: mints are from zero, burns to zero; nothing else moves.
        event Transfer(address indexed from, address indexed to, uint256 value);
        // ERC-5805.
        event DelegateChanged(address indexed delegator, address indexed fromDelegate, address indexed toDelegate);
        event DelegateVotesChanged(address indexed delegate, uint256 previousVotes, uint256 newVotes);

        // A ballot with its own thresholds: power and supply are those at `snapshot`; votes count from `snapshot + 1` to `deadline`, both included.
        event BallotOpened(uint256 indexed proposalId, uint64 snapshot, uint64 deadline, uint256 supply, uint256 quorum, uint16 approval_bps);
        // OpenZeppelin Governor's; support 0 = against, 1 = for, 2 = abstain.
        event VoteCast(address indexed voter, uint256 proposalId, uint8 support, uint256 weight, string reason);
        // The tally after that vote.
        event TallyChanged(uint256 indexed proposalId, uint256 against_votes, uint256 for_votes, uint256 abstain_votes);

        function mirror(address member, uint32 weight) external;
        function openBallot(uint256 proposalId) external returns (uint64 snapshot, uint64 deadline);
        function castVote(uint256 proposalId, uint8 support) external returns (uint256 weight);
        function delegate(address delegatee) external;
        function transfer(address to, uint256 value) external returns (bool);
        function transferFrom(address from, address to, uint256 value) external returns (bool);
        function approve(address spender, uint256 value) external returns (bool);

        function name() external view returns (string);
        function symbol() external view returns (string);
        function decimals() external view returns (uint8);
        function totalSupply() external view returns (uint256);
        function balanceOf(address account) external view returns (uint256);
        function allowance(address owner, address spender) external view returns (uint256);
        function delegates(address account) external view returns (address);
        function getVotes(address account) external view returns (uint256);
        function getPastVotes(address account, uint256 timepoint) external view returns (uint256);
        function getPastTotalSupply(uint256 timepoint) external view returns (uint256);
        function nonces(address account) external view returns (uint256);
        function clock() external view returns (uint64);
        function CLOCK_MODE() external view returns (string);

        function hasVoted(uint256 proposalId, address account) external view returns (bool);
        function proposalVotes(uint256 proposalId) external view returns (uint256 againstVotes, uint256 forVotes, uint256 abstainVotes);
        function proposalSnapshot(uint256 proposalId) external view returns (uint256);
        function proposalDeadline(uint256 proposalId) external view returns (uint256);
        // Passed by its own thresholds, once `now` is past the deadline; before that an error.
        function outcome(uint256 proposalId) external view returns (bool passed);
        function DOMAIN_SEPARATOR() external view returns (bytes32);
    }
}
