-- Amounts are decimal text in the currency's smallest unit: they need up to 256 bits. Times are unix seconds.
-- Addresses and hashes are `0x` and lower-case hex. `block, event` is where a row comes from. Rows are only added, except:
-- `members`, `balances`, `delegations` and `accounts` are what holds now, kept for speed; in `power` and `supply` the last
-- value of a second replaces the one before; a row of `undecoded` goes when its block is applied.

-- Which pool this is. Another one is refused.
CREATE TABLE pool (
    only_row     INTEGER PRIMARY KEY CHECK (only_row = 1),
    genesis_hash TEXT    NOT NULL,
    chain_id     TEXT    NOT NULL,
    first_block  INTEGER NOT NULL,
    attestations TEXT    NOT NULL,
    votes        TEXT    NOT NULL,
    escrow       TEXT    NOT NULL
) STRICT;

-- Every block applied. The last one is the cursor.
CREATE TABLE blocks (
    number         INTEGER PRIMARY KEY,
    hash           TEXT    NOT NULL,
    parent_hash    TEXT    NOT NULL,
    time_s         INTEGER NOT NULL,
    event_count    INTEGER NOT NULL,
    escrow_balance TEXT    NOT NULL
) STRICT;

-- Every event of ours, raw and decoded.
CREATE TABLE events (
    block     INTEGER NOT NULL REFERENCES blocks (number),
    event     INTEGER NOT NULL,
    extrinsic INTEGER,
    contract  TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    topics    BLOB    NOT NULL,
    data      BLOB    NOT NULL,
    fields    TEXT    NOT NULL,
    PRIMARY KEY (block, event)
) STRICT;

-- Events of ours that could not be decoded. Their block is not applied: while a row stands here, indexing stands still.
CREATE TABLE undecoded (
    block     INTEGER NOT NULL,
    hash      TEXT    NOT NULL,
    event     INTEGER NOT NULL,
    extrinsic INTEGER,
    contract  TEXT    NOT NULL,
    topics    BLOB    NOT NULL,
    data      BLOB    NOT NULL,
    reason    TEXT    NOT NULL,
    PRIMARY KEY (block, event)
) STRICT;

CREATE TABLE settings (
    block    INTEGER NOT NULL,
    event    INTEGER NOT NULL,
    contract TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    fields   TEXT    NOT NULL,
    PRIMARY KEY (block, event)
) STRICT;

CREATE TABLE roles (
    role    TEXT    NOT NULL,
    address TEXT    NOT NULL,
    block   INTEGER NOT NULL,
    event   INTEGER NOT NULL,
    PRIMARY KEY (role, address)
) STRICT;

CREATE TABLE currencies (
    address     TEXT    PRIMARY KEY,
    base_amount TEXT    NOT NULL,
    block       INTEGER NOT NULL,
    event       INTEGER NOT NULL
) STRICT;

-- Current records: the last row of each member in `attestations`.
CREATE TABLE members (
    address    TEXT    PRIMARY KEY,
    number     INTEGER NOT NULL UNIQUE,
    weight     INTEGER NOT NULL,
    purposes   INTEGER NOT NULL,
    commitment TEXT    NOT NULL,
    nullifier  TEXT    NOT NULL,
    nonce      INTEGER NOT NULL
) STRICT;

CREATE TABLE attestations (
    id              INTEGER PRIMARY KEY,
    block           INTEGER NOT NULL,
    event           INTEGER NOT NULL,
    kind            TEXT    NOT NULL,
    member          TEXT    NOT NULL,
    number          INTEGER NOT NULL,
    previous_weight INTEGER NOT NULL,
    weight          INTEGER NOT NULL,
    purposes        INTEGER NOT NULL,
    commitment      TEXT    NOT NULL,
    nullifier       TEXT    NOT NULL,
    rule_version    INTEGER,
    route           INTEGER,
    nonce           INTEGER NOT NULL
) STRICT;
CREATE INDEX attestations_by_member ON attestations (member, id);

CREATE TABLE sales (
    sale         INTEGER PRIMARY KEY,
    purpose      INTEGER NOT NULL,
    window_ends  INTEGER NOT NULL,
    total_weight INTEGER NOT NULL,
    members      INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    event        INTEGER NOT NULL
) STRICT;

-- Who was in a sale when it opened, with which weight and which data.
CREATE TABLE sale_members (
    sale       INTEGER NOT NULL REFERENCES sales (sale),
    number     INTEGER NOT NULL,
    member     TEXT    NOT NULL,
    weight     INTEGER NOT NULL,
    commitment TEXT    NOT NULL,
    block      INTEGER NOT NULL,
    PRIMARY KEY (sale, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX sale_members_by_member ON sale_members (member);

CREATE TABLE sale_leaves (
    sale         INTEGER NOT NULL REFERENCES sales (sale),
    number       INTEGER NOT NULL,
    member       TEXT    NOT NULL,
    weight       INTEGER NOT NULL,
    total_weight INTEGER NOT NULL,
    members      INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    event        INTEGER NOT NULL,
    PRIMARY KEY (sale, number)
) STRICT;
CREATE INDEX sale_leaves_in_order ON sale_leaves (sale, block, event);

CREATE TABLE balances (
    account TEXT PRIMARY KEY,
    balance TEXT NOT NULL
) STRICT;

CREATE TABLE delegations (
    delegator TEXT PRIMARY KEY,
    delegate  TEXT NOT NULL
) STRICT;

-- A delegate's votes from a second on; the last value within a second holds.
CREATE TABLE power (
    delegate TEXT    NOT NULL,
    time_s   INTEGER NOT NULL,
    votes    TEXT    NOT NULL,
    block    INTEGER NOT NULL,
    PRIMARY KEY (delegate, time_s)
) STRICT, WITHOUT ROWID;

-- The token's supply from a second on.
CREATE TABLE supply (
    time_s INTEGER PRIMARY KEY,
    supply TEXT    NOT NULL,
    block  INTEGER NOT NULL
) STRICT;

CREATE TABLE ballots (
    ballot       TEXT    PRIMARY KEY,
    snapshot     INTEGER NOT NULL,
    deadline     INTEGER NOT NULL,
    supply       TEXT    NOT NULL,
    quorum       TEXT    NOT NULL,
    approval_bps INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    event        INTEGER NOT NULL
) STRICT;

CREATE TABLE votes (
    id      INTEGER PRIMARY KEY,
    ballot  TEXT    NOT NULL REFERENCES ballots (ballot),
    voter   TEXT    NOT NULL,
    support INTEGER NOT NULL,
    weight  TEXT    NOT NULL,
    reason  TEXT    NOT NULL,
    block   INTEGER NOT NULL,
    event   INTEGER NOT NULL,
    UNIQUE (ballot, voter)
) STRICT;
CREATE INDEX votes_of_ballot ON votes (ballot, id);

CREATE TABLE tallies (
    ballot        TEXT    NOT NULL REFERENCES ballots (ballot),
    against_votes TEXT    NOT NULL,
    for_votes     TEXT    NOT NULL,
    abstain_votes TEXT    NOT NULL,
    block         INTEGER NOT NULL,
    event         INTEGER NOT NULL,
    PRIMARY KEY (ballot, block, event)
) STRICT, WITHOUT ROWID;

-- An offer, and one table for each step of its life: a row is the step taken, and its key forbids a second one.
CREATE TABLE offers (
    id           INTEGER PRIMARY KEY,
    offer        TEXT    NOT NULL UNIQUE,
    buyer        TEXT    NOT NULL,
    currency     TEXT    NOT NULL,
    price        TEXT    NOT NULL,
    purpose      INTEGER NOT NULL,
    fields_hash  TEXT    NOT NULL,
    licence_hash TEXT    NOT NULL,
    min_members  INTEGER NOT NULL,
    min_weight   INTEGER NOT NULL,
    custodian    TEXT    NOT NULL,
    arbiter      TEXT    NOT NULL,
    salt         TEXT    NOT NULL,
    block        INTEGER NOT NULL,
    event        INTEGER NOT NULL
) STRICT;

CREATE TABLE terms (
    offer         TEXT    PRIMARY KEY REFERENCES offers (offer),
    sale          INTEGER NOT NULL UNIQUE,
    voting_ends   INTEGER NOT NULL,
    opt_out_ends  INTEGER NOT NULL,
    delivery_ends INTEGER NOT NULL,
    dispute_s     INTEGER NOT NULL,
    ruling_s      INTEGER NOT NULL,
    fee_bps       INTEGER NOT NULL,
    tip_bps       INTEGER NOT NULL,
    listing_fee   TEXT    NOT NULL,
    total_weight  INTEGER NOT NULL,
    members       INTEGER NOT NULL,
    block         INTEGER NOT NULL,
    event         INTEGER NOT NULL
) STRICT;

CREATE TABLE seals (
    offer        TEXT    PRIMARY KEY REFERENCES offers (offer),
    outcome      INTEGER NOT NULL,
    total_weight INTEGER NOT NULL,
    members      INTEGER NOT NULL,
    block        INTEGER NOT NULL,
    event        INTEGER NOT NULL
) STRICT;

CREATE TABLE deliveries (
    offer         TEXT    PRIMARY KEY REFERENCES offers (offer),
    bundle_hash   TEXT    NOT NULL,
    manifest_root TEXT    NOT NULL,
    dispute_ends  INTEGER NOT NULL,
    ruling_ends   INTEGER NOT NULL,
    block         INTEGER NOT NULL,
    event         INTEGER NOT NULL
) STRICT;

CREATE TABLE acceptances (
    offer TEXT    PRIMARY KEY REFERENCES offers (offer),
    block INTEGER NOT NULL,
    event INTEGER NOT NULL
) STRICT;

CREATE TABLE disputes (
    offer       TEXT    PRIMARY KEY REFERENCES offers (offer),
    reason_hash TEXT    NOT NULL,
    block       INTEGER NOT NULL,
    event       INTEGER NOT NULL
) STRICT;

CREATE TABLE rulings (
    offer        TEXT    PRIMARY KEY REFERENCES offers (offer),
    arbiter      TEXT    NOT NULL,
    returned_bps INTEGER NOT NULL,
    returned     TEXT    NOT NULL,
    block        INTEGER NOT NULL,
    event        INTEGER NOT NULL
) STRICT;

CREATE TABLE refunds (
    offer  TEXT    PRIMARY KEY REFERENCES offers (offer),
    buyer  TEXT    NOT NULL,
    amount TEXT    NOT NULL,
    block  INTEGER NOT NULL,
    event  INTEGER NOT NULL
) STRICT;

CREATE TABLE payouts (
    id       INTEGER PRIMARY KEY,
    offer    TEXT    NOT NULL REFERENCES offers (offer),
    number   INTEGER NOT NULL,
    member   TEXT    NOT NULL,
    weight   INTEGER NOT NULL,
    share    TEXT    NOT NULL,
    tip      TEXT    NOT NULL,
    payee    TEXT    NOT NULL,
    keeper   TEXT    NOT NULL,
    credited INTEGER NOT NULL,
    settled  INTEGER NOT NULL,
    block    INTEGER NOT NULL,
    event    INTEGER NOT NULL,
    UNIQUE (offer, number)
) STRICT;
CREATE INDEX payouts_of_offer ON payouts (offer, id);
CREATE INDEX payouts_of_member ON payouts (member, id);

CREATE TABLE closings (
    offer    TEXT    PRIMARY KEY REFERENCES offers (offer),
    paid_sum TEXT    NOT NULL,
    tip_sum  TEXT    NOT NULL,
    fee      TEXT    NOT NULL,
    residue  TEXT    NOT NULL,
    block    INTEGER NOT NULL,
    event    INTEGER NOT NULL
) STRICT;

-- Double entry: the postings of one (block, event) sum to zero in each currency. A donation, which no event tells of,
-- is booked as the event after the block's last.
CREATE TABLE postings (
    id       INTEGER PRIMARY KEY,
    block    INTEGER NOT NULL,
    event    INTEGER NOT NULL,
    kind     TEXT    NOT NULL,
    currency TEXT    NOT NULL,
    account  TEXT    NOT NULL,
    amount   TEXT    NOT NULL,
    offer    TEXT
) STRICT;
CREATE INDEX postings_of_account ON postings (account, id);
CREATE INDEX postings_of_offer ON postings (offer, id);

-- Sums of the postings of an account: what came in and what went out.
CREATE TABLE accounts (
    account  TEXT NOT NULL,
    currency TEXT NOT NULL,
    received TEXT NOT NULL,
    spent    TEXT NOT NULL,
    PRIMARY KEY (account, currency)
) STRICT, WITHOUT ROWID;
