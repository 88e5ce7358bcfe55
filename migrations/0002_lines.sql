-- no-transaction
-- Bills of millions of rows. Lines of one description and day are summed into one row of `cost` as they come, so
-- that reports and undo never touch single lines; where each line stands in its file, and a print of its amounts,
-- is packed into `cost_block`. `cost_month` holds what reports ask for: sums by month under an outline, which is a
-- description without SKU and resource. It is made in the import's own transaction.
--
-- Usage learns who counted it (`origin`), what it is counted in when it is no token, what somebody else says it
-- cost, and ids of records in logs that only ever grow. Batches gain two roles. Tables that others refer to are
-- made anew, which needs foreign keys to rest meanwhile.
PRAGMA foreign_keys = OFF;
BEGIN IMMEDIATE;

CREATE TABLE batch_new (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    format           TEXT    NOT NULL,
    role             TEXT    NOT NULL
        CHECK (role IN ('bill', 'usage', 'claim', 'revenue', 'plan', 'reference', 'measurement')),
    state            TEXT    NOT NULL CHECK (state IN ('live', 'undone')),
    file_name        TEXT    NOT NULL,
    file_hash        TEXT    NOT NULL,
    file_bytes       INTEGER NOT NULL,
    imported_at      TEXT    NOT NULL,
    rows_read        INTEGER NOT NULL DEFAULT 0,
    rows_stored      INTEGER NOT NULL DEFAULT 0,
    rows_duplicate   INTEGER NOT NULL DEFAULT 0,
    rows_quarantined INTEGER NOT NULL DEFAULT 0,
    source_kept      INTEGER NOT NULL CHECK (source_kept IN (0, 1)),
    delivery         INTEGER NOT NULL, -- batches of one call: parts of one whole, which never replace each other
    undone_order     INTEGER, -- the largest was undone last and is redone first
    content          TEXT    NOT NULL DEFAULT 'lines', -- how the kept file is read back: lines, json, parquet
    given_currency   TEXT -- of every amount, where a person told it because the file does not
) STRICT;
INSERT INTO batch_new (id, format, role, state, file_name, file_hash, file_bytes, imported_at, rows_read, rows_stored,
                       rows_quarantined, source_kept, delivery, undone_order)
SELECT id, format, role, state, file_name, file_hash, file_bytes, imported_at, rows_read, rows_stored,
       rows_quarantined, source_kept, delivery, undone_order
FROM batch;
DROP TABLE batch;
ALTER TABLE batch_new RENAME TO batch;
CREATE INDEX batch_by_hash ON batch (file_hash);

CREATE TABLE document_new (
    kind TEXT NOT NULL CHECK (kind IN ('rules', 'scenario', 'mapping')),
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT;
INSERT INTO document_new SELECT kind, name, body FROM document;
DROP TABLE document;
ALTER TABLE document_new RENAME TO document;

-- A refused row can be mended and stored in a batch of its own, or set aside.
ALTER TABLE quarantine ADD COLUMN settled TEXT; -- null, 'dismissed' or 'readmitted'
ALTER TABLE quarantine ADD COLUMN readmitted_in INTEGER REFERENCES batch (id);

CREATE TABLE cost_outline (
    id                INTEGER PRIMARY KEY,
    fingerprint       BLOB NOT NULL UNIQUE,
    origin            TEXT NOT NULL,
    provider          TEXT NOT NULL,
    publisher         TEXT NOT NULL,
    issuer            TEXT NOT NULL,
    billing_account   TEXT NOT NULL,
    account           TEXT NOT NULL,
    account_name      TEXT NOT NULL,
    region            TEXT NOT NULL,
    category          TEXT NOT NULL,
    service           TEXT NOT NULL,
    resource_type     TEXT NOT NULL,
    charge_category   TEXT NOT NULL,
    charge_class      TEXT NOT NULL,
    pricing_category  TEXT NOT NULL,
    commitment        TEXT NOT NULL,
    commitment_status TEXT NOT NULL,
    tags              TEXT NOT NULL
) STRICT;

ALTER TABLE cost_key ADD COLUMN origin TEXT NOT NULL DEFAULT ''; -- '' a bill, 'claim', 'books'
ALTER TABLE cost_key ADD COLUMN invoice TEXT NOT NULL DEFAULT '';
ALTER TABLE cost_key ADD COLUMN outline_id INTEGER REFERENCES cost_outline (id);

-- Until here a row was a line; from here on it is a day's lines of one description. They refer to their
-- description without a foreign key, which would need a check of each row and an index; `marginline check` looks for
-- rows without one.
CREATE TABLE cost_new (
    id               INTEGER PRIMARY KEY,
    batch_id         INTEGER NOT NULL REFERENCES batch (id),
    scope_id         INTEGER NOT NULL REFERENCES scope (id),
    key_id           INTEGER NOT NULL, -- of cost_key
    replaced_by      INTEGER          REFERENCES batch (id),
    billing_month    TEXT    NOT NULL,
    usage_date       TEXT    NOT NULL,
    currency         TEXT    NOT NULL,
    billed_nanos     INTEGER NOT NULL,
    billed_attos     INTEGER NOT NULL,
    effective_nanos  INTEGER NOT NULL,
    effective_attos  INTEGER NOT NULL,
    contracted_nanos INTEGER,
    contracted_attos INTEGER,
    list_nanos       INTEGER,
    list_attos       INTEGER,
    consumed_nanos   INTEGER,
    byte_offset      INTEGER NOT NULL,
    byte_length      INTEGER NOT NULL,
    ordinal          INTEGER NOT NULL DEFAULT 0, -- within its batch; what cost_block refers to
    lines            INTEGER NOT NULL DEFAULT 1,
    contracted_lines INTEGER NOT NULL DEFAULT 0, -- lines that hold it
    list_lines       INTEGER NOT NULL DEFAULT 0,
    consumed_lines   INTEGER NOT NULL DEFAULT 0,
    covered_on       TEXT -- the day by which a later file replaces it; null: usage_date
) STRICT;
INSERT INTO cost_new (id, batch_id, scope_id, key_id, replaced_by, billing_month, usage_date, currency, billed_nanos,
                      billed_attos, effective_nanos, effective_attos, contracted_nanos, contracted_attos, list_nanos,
                      list_attos, consumed_nanos, byte_offset, byte_length, contracted_lines, list_lines,
                      consumed_lines)
SELECT id, batch_id, scope_id, key_id, replaced_by, billing_month, usage_date, currency, billed_nanos, billed_attos,
       effective_nanos, effective_attos, contracted_nanos, contracted_attos, list_nanos, list_attos, consumed_nanos,
       byte_offset, byte_length, contracted_nanos IS NOT NULL, list_nanos IS NOT NULL, consumed_nanos IS NOT NULL
FROM cost;
DROP TABLE cost;
ALTER TABLE cost_new RENAME TO cost;
CREATE INDEX cost_by_batch ON cost (batch_id);
CREATE INDEX cost_by_scope ON cost (scope_id);
CREATE INDEX cost_by_replacer ON cost (replaced_by) WHERE replaced_by IS NOT NULL;

-- Lines of a bill in file order: ordinal of their row in `cost`, print of the amounts, place in the file.
CREATE TABLE cost_block (
    batch_id   INTEGER NOT NULL REFERENCES batch (id),
    first_line INTEGER NOT NULL,
    lines      INTEGER NOT NULL,
    body       BLOB    NOT NULL,
    PRIMARY KEY (batch_id, first_line)
) STRICT, WITHOUT ROWID;

CREATE TABLE cost_month (
    batch_id         INTEGER NOT NULL REFERENCES batch (id),
    outline_id       INTEGER NOT NULL REFERENCES cost_outline (id),
    billing_month    TEXT    NOT NULL,
    used_month       TEXT    NOT NULL,
    currency         TEXT    NOT NULL,
    lines            INTEGER NOT NULL,
    billed_units     INTEGER NOT NULL,
    billed_nanos     INTEGER NOT NULL,
    billed_attos     INTEGER NOT NULL,
    effective_units  INTEGER NOT NULL,
    effective_nanos  INTEGER NOT NULL,
    effective_attos  INTEGER NOT NULL,
    contracted_units INTEGER NOT NULL,
    contracted_nanos INTEGER NOT NULL,
    contracted_attos INTEGER NOT NULL,
    contracted_lines INTEGER NOT NULL,
    list_units       INTEGER NOT NULL,
    list_nanos       INTEGER NOT NULL,
    list_attos       INTEGER NOT NULL,
    list_lines       INTEGER NOT NULL,
    PRIMARY KEY (batch_id, outline_id, billing_month, used_month, currency)
) STRICT, WITHOUT ROWID;

ALTER TABLE usage_key ADD COLUMN origin TEXT NOT NULL DEFAULT ''; -- '' the provider's own export, 'gateway', 'tracer'
ALTER TABLE usage_key ADD COLUMN team TEXT NOT NULL DEFAULT '';
ALTER TABLE usage_key ADD COLUMN unit TEXT NOT NULL DEFAULT ''; -- '' tokens; else what `quantity_nanos` counts
ALTER TABLE token_usage ADD COLUMN quantity_nanos INTEGER;
ALTER TABLE token_usage ADD COLUMN claimed_currency TEXT;
ALTER TABLE token_usage ADD COLUMN claimed_nanos INTEGER;
ALTER TABLE token_usage ADD COLUMN claimed_attos INTEGER;
-- Records of a log carry their own id: the same id counts once, the newest version of it.
ALTER TABLE token_usage ADD COLUMN record BLOB;
ALTER TABLE token_usage ADD COLUMN record_version TEXT;
CREATE INDEX token_usage_by_record ON token_usage (record) WHERE record IS NOT NULL;

-- What reports ask of usage, by month; made in the import's own transaction, as `cost_month` is.
CREATE TABLE usage_month (
    batch_id              INTEGER NOT NULL REFERENCES batch (id),
    key_id                INTEGER NOT NULL, -- of usage_key
    month                 TEXT    NOT NULL,
    untold                INTEGER NOT NULL, -- 1: of the rows that do not say what they cost
    rows                  INTEGER NOT NULL,
    first_day             TEXT    NOT NULL,
    last_day              TEXT    NOT NULL,
    requests              INTEGER NOT NULL, -- over the rows that count them
    requests_missing      INTEGER NOT NULL, -- rows that do not
    input_tokens          INTEGER NOT NULL,
    cache_read_tokens     INTEGER NOT NULL,
    cache_write_5m_tokens INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL,
    output_tokens         INTEGER NOT NULL,
    quantity_units        INTEGER NOT NULL,
    quantity_nanos        INTEGER NOT NULL,
    claimed_units         INTEGER NOT NULL,
    claimed_nanos         INTEGER NOT NULL,
    claimed_attos         INTEGER NOT NULL,
    PRIMARY KEY (batch_id, key_id, month, untold)
) STRICT, WITHOUT ROWID;
INSERT INTO usage_month
SELECT batch_id, key_id, substr(usage_date, 1, 7), 1, COUNT(*), MIN(usage_date), MAX(usage_date),
       COALESCE(SUM(requests), 0), COUNT(*) - COUNT(requests), SUM(input_tokens), SUM(cache_read_tokens),
       SUM(cache_write_5m_tokens), SUM(cache_write_1h_tokens), SUM(output_tokens), 0, 0, 0, 0, 0
FROM token_usage WHERE replaced_by IS NULL GROUP BY batch_id, key_id, 3;

CREATE TABLE gpu_month (
    batch_id        INTEGER NOT NULL REFERENCES batch (id),
    key_id          INTEGER NOT NULL, -- of gpu_key
    month           TEXT    NOT NULL,
    hour            INTEGER NOT NULL,
    rows            INTEGER NOT NULL,
    allocated_nanos INTEGER NOT NULL,
    busy_nanos      INTEGER NOT NULL, -- over the rows that measure it
    measured_nanos  INTEGER NOT NULL, -- allocated, over the same rows
    PRIMARY KEY (batch_id, key_id, month, hour)
) STRICT, WITHOUT ROWID;
INSERT INTO gpu_month
SELECT batch_id, key_id, substr(usage_date, 1, 7), hour, COUNT(*), SUM(allocated_nanos), COALESCE(SUM(busy_nanos), 0),
       COALESCE(SUM(CASE WHEN busy_nanos IS NULL THEN 0 ELSE allocated_nanos END), 0)
FROM gpu_hours WHERE replaced_by IS NULL GROUP BY batch_id, key_id, 3, hour;

COMMIT;
PRAGMA foreign_keys = ON;
