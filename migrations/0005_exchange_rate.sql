-- Exchange rates by day, so that money of several currencies can be reported in one: units of `quote` for one of
-- `base`. A rate is no money and is never summed, so it stays the decimal that was written.
CREATE TABLE exchange_rate (
    id          INTEGER PRIMARY KEY,
    batch_id    INTEGER NOT NULL REFERENCES batch (id),
    scope_id    INTEGER NOT NULL REFERENCES scope (id),
    replaced_by INTEGER          REFERENCES batch (id),
    date        TEXT    NOT NULL,
    base        TEXT    NOT NULL,
    quote       TEXT    NOT NULL,
    rate        TEXT    NOT NULL,
    source      TEXT    NOT NULL,
    byte_offset INTEGER NOT NULL,
    byte_length INTEGER NOT NULL
) STRICT;
CREATE INDEX exchange_rate_by_batch ON exchange_rate (batch_id);
CREATE INDEX exchange_rate_by_scope ON exchange_rate (scope_id);
CREATE INDEX exchange_rate_by_replacer ON exchange_rate (replaced_by) WHERE replaced_by IS NOT NULL;
