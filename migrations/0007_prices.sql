-- The price book: prices with dates, each with its source. A price that is no longer true keeps its place, so that what
-- was computed from it can be explained. Amounts are decimals as exact as money (10⁻¹⁸) and never summed.
CREATE TABLE price (
    id           INTEGER PRIMARY KEY,
    batch_id     INTEGER NOT NULL REFERENCES batch (id),
    scope_id     INTEGER NOT NULL REFERENCES scope (id),
    replaced_by  INTEGER          REFERENCES batch (id),
    resource     TEXT    NOT NULL, -- tokens, gpu, instance, storage, egress, …
    provider     TEXT    NOT NULL,
    item         TEXT    NOT NULL, -- model, GPU, instance type, storage class, service
    class        TEXT    NOT NULL, -- token class, destination region; '' none
    region       TEXT    NOT NULL, -- '' wherever no other price names the region
    purchase     TEXT    NOT NULL,
    service_tier TEXT    NOT NULL, -- '' standard
    above_tokens INTEGER NOT NULL, -- 0 from the first token
    window       TEXT    NOT NULL, -- hours of the day in UTC; '' all
    per          TEXT    NOT NULL,
    amount       TEXT    NOT NULL,
    currency     TEXT    NOT NULL,
    contract     TEXT    NOT NULL, -- '' list price
    valid_from   TEXT    NOT NULL,
    valid_to     TEXT,             -- first day on which it does not hold
    source       TEXT    NOT NULL,
    observed     TEXT    NOT NULL,
    evidence     TEXT    NOT NULL,
    byte_offset  INTEGER NOT NULL,
    byte_length  INTEGER NOT NULL
) STRICT;
CREATE INDEX price_by_item ON price (resource, item) WHERE replaced_by IS NULL;
CREATE INDEX price_by_batch ON price (batch_id);
CREATE INDEX price_by_scope ON price (scope_id);
CREATE INDEX price_by_replacer ON price (replaced_by) WHERE replaced_by IS NOT NULL;

-- How long the prompts of usage are, so that long-context prices fall on whole requests. An export may name the
-- context window of a bucket; else a row's prompt tokens are divided by its requests.
ALTER TABLE usage_key ADD COLUMN context_window TEXT NOT NULL DEFAULT ''; -- as the export names it, such as 200k-1M
