-- How values stand in columns: addresses and hashes as blobs of 20 and 32 bytes; amounts of money, in the currency's
-- smallest unit, as big-endian blobs without leading zeros, because they need up to 256 bits; votes and weights as
-- points; times as unix seconds. A member is named by their number, an offer, a ballot and a proposal by a row number.
-- The codes of kinds, roles and outcomes are in the file of `src/tables/` that writes them.
--
-- `block, event` is the event that a row comes from. Rows are only added, with these exceptions. `members`, `roles`,
-- `currencies`, `nonces`, `balances`, `delegations`, `sums` and `holdings` say what holds now. In `power` and `supply`
-- the last value of a second replaces the one before. A row of `undecoded` goes when its block is applied.

-- Of `src/tables/blocks.rs`:

-- The pool this database belongs to, fact by fact. Another pool is refused.
CREATE TABLE pool (
    fact  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every block applied. The last one is the cursor.
CREATE TABLE blocks (
    number         INTEGER PRIMARY KEY,
    hash           BLOB    NOT NULL,
    time_s         INTEGER NOT NULL,
    event_count    INTEGER NOT NULL,
    escrow_balance BLOB    NOT NULL
) STRICT;

-- Of `src/tables/events.rs`:

-- Every event of ours, as the chain gave it. Its fields are decoded when they are served.
CREATE TABLE events (
    block     INTEGER NOT NULL REFERENCES blocks (number),
    event     INTEGER NOT NULL,
    extrinsic INTEGER,
    contract  INTEGER NOT NULL,
    name      TEXT    NOT NULL,
    topics    BLOB    NOT NULL,
    data      BLOB    NOT NULL,
    PRIMARY KEY (block, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_name ON events (name, block, event);
CREATE INDEX events_by_contract ON events (contract, block, event);

-- Events of ours that could not be decoded. Their block is not applied: while a row stands here, indexing stands still.
CREATE TABLE undecoded (
    block     INTEGER NOT NULL,
    event     INTEGER NOT NULL,
    extrinsic INTEGER,
    contract  INTEGER NOT NULL,
    topics    BLOB    NOT NULL,
    data      BLOB    NOT NULL,
    reason    TEXT    NOT NULL,
    PRIMARY KEY (block, event)
) STRICT;

-- Of `src/tables/settings.rs`:

-- Contracts whose deployment was seen.
CREATE TABLE deployed (
    contract INTEGER PRIMARY KEY,
    block    INTEGER NOT NULL,
    event    INTEGER NOT NULL
) STRICT;

-- Events that announce a contract's settings; the values are the fields of the event.
CREATE TABLE settings (
    block    INTEGER NOT NULL,
    event    INTEGER NOT NULL,
    contract INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    PRIMARY KEY (block, event),
    FOREIGN KEY (block, event) REFERENCES events (block, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX settings_by_name ON settings (contract, name, block, event);

-- The DAO's lists: attesters, custodians, arbiters.
CREATE TABLE roles (
    role    INTEGER NOT NULL,
    address BLOB    NOT NULL,
    block   INTEGER NOT NULL,
    event   INTEGER NOT NULL,
    PRIMARY KEY (role, address)
) STRICT;

-- Currencies that were ever allowed, with what `escrow` holds of each and never pays out.
CREATE TABLE currencies (
    address     BLOB    PRIMARY KEY,
    base_amount BLOB    NOT NULL,
    allowed     INTEGER NOT NULL,
    block       INTEGER NOT NULL,
    event       INTEGER NOT NULL
) STRICT;

-- Of `src/tables/members.rs`:

-- Current records: the last row of each member in `attestations`.
CREATE TABLE members (
    number     INTEGER PRIMARY KEY,
    address    BLOB    NOT NULL UNIQUE,
    weight     INTEGER NOT NULL,
    purposes   INTEGER NOT NULL,
    commitment BLOB    NOT NULL,
    nullifier  BLOB    NOT NULL,
    nonce      INTEGER NOT NULL
) STRICT;

-- Every change of every contribution.
CREATE TABLE attestations (
    id              INTEGER PRIMARY KEY,
    kind            INTEGER NOT NULL,
    member          INTEGER NOT NULL REFERENCES members (number),
    previous_weight INTEGER NOT NULL,
    weight          INTEGER NOT NULL,
    purposes        INTEGER NOT NULL,
    commitment      BLOB    NOT NULL,
    nullifier       BLOB    NOT NULL,
    rule_version    INTEGER,
    route           INTEGER,
    nonce           INTEGER NOT NULL,
    block           INTEGER NOT NULL,
    event           INTEGER NOT NULL
) STRICT;
CREATE INDEX attestations_of_member ON attestations (member, id);

-- The next nonce of each account that signed, in `votes` and `escrow`; that of `attestations` stands in `members`.
CREATE TABLE nonces (
    contract INTEGER NOT NULL,
    account  BLOB    NOT NULL,
    nonce    INTEGER NOT NULL,
    PRIMARY KEY (contract, account)
) STRICT, WITHOUT ROWID;

-- Of `src/tables/sales.rs`:

CREATE TABLE sales (
    sale         INTEGER PRIMARY KEY,
    purpose      INTEGER NOT NULL,
    window_ends  INTEGER NOT NULL,
    total_weight INTEGER NOT NULL,
    members      INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    event        INTEGER NOT NULL
) STRICT;

-- Everybody who was in a sale when it opened, with the weight and the data of that moment.
CREATE TABLE sale_members (
    sale       INTEGER NOT NULL REFERENCES sales (sale),
    member     INTEGER NOT NULL REFERENCES members (number),
    weight     INTEGER NOT NULL,
    commitment BLOB    NOT NULL,
    PRIMARY KEY (sale, member)
) STRICT, WITHOUT ROWID;

-- Everybody who left a sale, with what then remained in it.
CREATE TABLE sale_leaves (
    sale         INTEGER NOT NULL REFERENCES sales (sale),
    member       INTEGER NOT NULL REFERENCES members (number),
    total_weight INTEGER NOT NULL,
    members      INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    event        INTEGER NOT NULL,
    PRIMARY KEY (sale, member)
) STRICT, WITHOUT ROWID;
CREATE INDEX sale_leaves_in_order ON sale_leaves (sale, block, event);

-- Of `src/tables/token.rs`:

CREATE TABLE balances (
    account BLOB    PRIMARY KEY,
    balance INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE delegations (
    delegator BLOB PRIMARY KEY,
    delegate  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- A delegate's votes from a second on.
CREATE TABLE power (
    delegate BLOB    NOT NULL,
    time_s   INTEGER NOT NULL,
    votes    INTEGER NOT NULL,
    block    INTEGER NOT NULL,
    PRIMARY KEY (delegate, time_s)
) STRICT, WITHOUT ROWID;

-- The token's supply from a second on.
CREATE TABLE supply (
    time_s INTEGER PRIMARY KEY,
    supply INTEGER NOT NULL,
    block  INTEGER NOT NULL
) STRICT;

-- Of `src/tables/ballots.rs`:

CREATE TABLE ballots (
    id           INTEGER PRIMARY KEY,
    ballot       BLOB    NOT NULL UNIQUE,
    snapshot     INTEGER NOT NULL,
    deadline     INTEGER NOT NULL,
    supply       INTEGER NOT NULL,
    quorum       INTEGER NOT NULL,
    approval_bps INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    event        INTEGER NOT NULL
) STRICT;

CREATE TABLE votes (
    id      INTEGER PRIMARY KEY,
    ballot  INTEGER NOT NULL REFERENCES ballots (id),
    voter   BLOB    NOT NULL,
    support INTEGER NOT NULL,
    weight  INTEGER NOT NULL,
    reason  TEXT    NOT NULL,
    block   INTEGER NOT NULL,
    event   INTEGER NOT NULL,
    UNIQUE (ballot, voter)
) STRICT;
CREATE INDEX votes_of_ballot ON votes (ballot, id);

CREATE TABLE tallies (
    ballot        INTEGER NOT NULL REFERENCES ballots (id),
    against_votes INTEGER NOT NULL,
    for_votes     INTEGER NOT NULL,
    abstain_votes INTEGER NOT NULL,
    block         INTEGER NOT NULL,
    event         INTEGER NOT NULL,
    PRIMARY KEY (ballot, block, event)
) STRICT, WITHOUT ROWID;

-- Of `src/tables/offers.rs`:

-- An offer, and one table for each step of its life: a row is the step taken, and its key forbids a second one.
CREATE TABLE offers (
    id           INTEGER PRIMARY KEY,
    offer        BLOB    NOT NULL UNIQUE,
    buyer        BLOB    NOT NULL,
    currency     BLOB    NOT NULL,
    price        BLOB    NOT NULL,
    purpose      INTEGER NOT NULL,
    fields_hash  BLOB    NOT NULL,
    licence_hash BLOB    NOT NULL,
    min_members  INTEGER NOT NULL,
    min_weight   INTEGER NOT NULL,
    custodian    BLOB    NOT NULL,
    arbiter      BLOB    NOT NULL,
    salt         BLOB    NOT NULL,
    block        INTEGER NOT NULL,
    event        INTEGER NOT NULL
) STRICT;

CREATE TABLE terms (
    offer         INTEGER PRIMARY KEY REFERENCES offers (id),
    sale          INTEGER NOT NULL UNIQUE,
    voting_ends   INTEGER NOT NULL,
    opt_out_ends  INTEGER NOT NULL,
    delivery_ends INTEGER NOT NULL,
    dispute_s     INTEGER NOT NULL,
    ruling_s      INTEGER NOT NULL,
    fee_bps       INTEGER NOT NULL,
    tip_bps       INTEGER NOT NULL,
    listing_fee   BLOB    NOT NULL,
    total_weight  INTEGER NOT NULL,
    members       INTEGER NOT NULL,
    block         INTEGER NOT NULL,
    event         INTEGER NOT NULL
) STRICT;

CREATE TABLE seals (
    offer        INTEGER PRIMARY KEY REFERENCES offers (id),
    outcome      INTEGER NOT NULL,
    total_weight INTEGER NOT NULL,
    members      INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    event        INTEGER NOT NULL
) STRICT;

CREATE TABLE deliveries (
    offer         INTEGER PRIMARY KEY REFERENCES offers (id),
    bundle_hash   BLOB    NOT NULL,
    manifest_root BLOB    NOT NULL,
    dispute_ends  INTEGER NOT NULL,
    ruling_ends   INTEGER NOT NULL,
    block         INTEGER NOT NULL,
    event         INTEGER NOT NULL
) STRICT;

CREATE TABLE acceptances (
    offer INTEGER PRIMARY KEY REFERENCES offers (id),
    block INTEGER NOT NULL,
    event INTEGER NOT NULL
) STRICT;

CREATE TABLE disputes (
    offer       INTEGER PRIMARY KEY REFERENCES offers (id),
    reason_hash BLOB    NOT NULL,
    block       INTEGER NOT NULL,
    event       INTEGER NOT NULL
) STRICT;

CREATE TABLE rulings (
    offer        INTEGER PRIMARY KEY REFERENCES offers (id),
    arbiter      BLOB    NOT NULL,
    returned_bps INTEGER NOT NULL,
    returned     BLOB    NOT NULL,
    block        INTEGER NOT NULL,
    event        INTEGER NOT NULL
) STRICT;

CREATE TABLE refunds (
    offer  INTEGER PRIMARY KEY REFERENCES offers (id),
    amount BLOB    NOT NULL,
    block  INTEGER NOT NULL,
    event  INTEGER NOT NULL
) STRICT;
CREATE INDEX refunds_of_block ON refunds (block);

-- Of `src/tables/payouts.rs`:

-- A call that settled members. Their payouts follow in the same block.
CREATE TABLE distributions (
    id           INTEGER PRIMARY KEY,
    offer        INTEGER NOT NULL REFERENCES offers (id),
    keeper       BLOB    NOT NULL,
    first_member INTEGER NOT NULL,
    range        INTEGER NOT NULL,
    settled_now  INTEGER NOT NULL,
    settled      INTEGER NOT NULL,
    paid_sum     BLOB    NOT NULL,
    tips         BLOB    NOT NULL,
    block        INTEGER NOT NULL,
    event        INTEGER NOT NULL
) STRICT;
CREATE INDEX distributions_of_offer ON distributions (offer, id);
CREATE INDEX distributions_of_block ON distributions (block);

CREATE TABLE payouts (
    id           INTEGER PRIMARY KEY,
    distribution INTEGER NOT NULL REFERENCES distributions (id),
    offer        INTEGER NOT NULL REFERENCES offers (id),
    member       INTEGER NOT NULL REFERENCES members (number),
    weight       INTEGER NOT NULL,
    share        BLOB    NOT NULL,
    payee        BLOB    NOT NULL,
    credited     INTEGER NOT NULL,
    settled      INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    event        INTEGER NOT NULL,
    UNIQUE (offer, member)
) STRICT;
CREATE INDEX payouts_of_offer ON payouts (offer, id);
CREATE INDEX payouts_of_member ON payouts (member, id);

-- Sums after the last member.
CREATE TABLE closings (
    offer    INTEGER PRIMARY KEY REFERENCES offers (id),
    paid_sum BLOB    NOT NULL,
    tip_sum  BLOB    NOT NULL,
    fee      BLOB    NOT NULL,
    residue  BLOB    NOT NULL,
    block    INTEGER NOT NULL,
    event    INTEGER NOT NULL
) STRICT;
CREATE INDEX closings_of_block ON closings (block);

-- Of `src/tables/proposals.rs`:

CREATE TABLE proposals (
    id               INTEGER PRIMARY KEY,
    proposal         BLOB    NOT NULL UNIQUE,
    proposer         BLOB    NOT NULL,
    description_hash BLOB    NOT NULL,
    voting_ends      INTEGER NOT NULL,
    executable_from  INTEGER NOT NULL,
    executable_until INTEGER NOT NULL,
    block            INTEGER NOT NULL,
    event            INTEGER NOT NULL
) STRICT;

CREATE TABLE proposed_calls (
    proposal INTEGER NOT NULL REFERENCES proposals (id),
    place    INTEGER NOT NULL,
    target   BLOB    NOT NULL,
    call     BLOB    NOT NULL,
    PRIMARY KEY (proposal, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE executions (
    proposal INTEGER PRIMARY KEY REFERENCES proposals (id),
    caller   BLOB    NOT NULL,
    block    INTEGER NOT NULL,
    event    INTEGER NOT NULL
) STRICT;

-- Of `src/tables/ledger.rs`:

-- An account is a kind and, where the kind has owners, an address or an offer's id; otherwise the owner is empty.
CREATE TABLE accounts (
    id    INTEGER PRIMARY KEY,
    kind  INTEGER NOT NULL,
    owner BLOB    NOT NULL,
    UNIQUE (kind, owner)
) STRICT;

-- Double entry: the postings of one (block, event) sum to zero in each currency. A donation, which no event tells of,
-- is booked as the event after the block's last.
CREATE TABLE postings (
    id       INTEGER PRIMARY KEY,
    kind     INTEGER NOT NULL,
    currency BLOB    NOT NULL,
    account  INTEGER NOT NULL REFERENCES accounts (id),
    outgoing INTEGER NOT NULL,
    amount   BLOB    NOT NULL,
    offer    INTEGER REFERENCES offers (id),
    block    INTEGER NOT NULL,
    event    INTEGER NOT NULL
) STRICT;
CREATE INDEX postings_of_account ON postings (account, id);
CREATE INDEX postings_of_offer ON postings (offer, id);

-- Sums of the postings of an account: what came in and what went out.
CREATE TABLE sums (
    account  INTEGER NOT NULL REFERENCES accounts (id),
    currency BLOB    NOT NULL,
    received BLOB    NOT NULL,
    spent    BLOB    NOT NULL,
    PRIMARY KEY (account, currency)
) STRICT, WITHOUT ROWID;

-- What all accounts of a kind inside `escrow` hold together.
CREATE TABLE holdings (
    currency BLOB    NOT NULL,
    kind     INTEGER NOT NULL,
    amount   BLOB    NOT NULL,
    PRIMARY KEY (currency, kind)
) STRICT, WITHOUT ROWID;
