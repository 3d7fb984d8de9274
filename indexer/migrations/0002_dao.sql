-- The DAO's own calls, payments in tokens, and signatures that others relay. Rows are only added, except in `roles`
-- (who leaves a list leaves it), `currencies.allowed` and `nonces`, which hold what is now, and those that 0001 names.

ALTER TABLE currencies ADD COLUMN allowed INTEGER NOT NULL DEFAULT 1;

-- What a share is paid in: the offer's currency, repeated so that an amount is never without it.
ALTER TABLE payouts ADD COLUMN currency TEXT NOT NULL DEFAULT '0x0000000000000000000000000000000000000000';

-- A call that settled members. Their payouts follow in the same block.
CREATE TABLE distributions (
    offer       TEXT    NOT NULL REFERENCES offers (offer),
    keeper      TEXT    NOT NULL,
    first       INTEGER NOT NULL,
    range       INTEGER NOT NULL,
    settled_now INTEGER NOT NULL,
    settled     INTEGER NOT NULL,
    paid_sum    TEXT    NOT NULL,
    tips        TEXT    NOT NULL,
    block       INTEGER NOT NULL,
    event       INTEGER NOT NULL,
    PRIMARY KEY (offer, block, event)
) STRICT, WITHOUT ROWID;
CREATE INDEX distributions_of_block ON distributions (block);

-- The next nonce of each account that signed, in `votes` and `escrow`; that of `attestations` stands in `members`.
CREATE TABLE nonces (
    contract TEXT    NOT NULL,
    account  TEXT    NOT NULL,
    nonce    INTEGER NOT NULL,
    PRIMARY KEY (contract, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE proposals (
    id               INTEGER PRIMARY KEY,
    proposal         TEXT    NOT NULL UNIQUE,
    proposer         TEXT    NOT NULL,
    description_hash TEXT    NOT NULL,
    voting_ends      INTEGER NOT NULL,
    executable_from  INTEGER NOT NULL,
    executable_until INTEGER NOT NULL,
    calls            INTEGER NOT NULL,
    block            INTEGER NOT NULL,
    event            INTEGER NOT NULL
) STRICT;

CREATE TABLE proposed_calls (
    proposal TEXT    NOT NULL REFERENCES proposals (proposal),
    place    INTEGER NOT NULL,
    target   TEXT    NOT NULL,
    call     BLOB    NOT NULL,
    block    INTEGER NOT NULL,
    event    INTEGER NOT NULL,
    PRIMARY KEY (proposal, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE executions (
    proposal TEXT    PRIMARY KEY REFERENCES proposals (proposal),
    caller   TEXT    NOT NULL,
    block    INTEGER NOT NULL,
    event    INTEGER NOT NULL
) STRICT;
