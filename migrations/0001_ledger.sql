-- The ledger: what was imported, and every row of it that counts.
--
-- Money is two integers, whole nanos (10^-9) and the attos (10^-18) below them, because SQLite adds integers
-- exactly in any order and refuses to overflow. Descriptive columns repeat endlessly, so each distinct set of
-- them is stored once (`cost_key`, `usage_key`, `gpu_key`) and rows stay narrow. A row that a later batch
-- replaced keeps its place with `replaced_by` set, so that undo is an update and not a re-import.

CREATE TABLE batch (
    id               INTEGER PRIMARY KEY AUTOINCREMENT,
    format           TEXT    NOT NULL,
    role             TEXT    NOT NULL CHECK (role IN ('bill', 'usage', 'claim', 'revenue', 'plan')),
    state            TEXT    NOT NULL CHECK (state IN ('live', 'undone')),
    file_name        TEXT    NOT NULL,
    file_hash        TEXT    NOT NULL,
    file_bytes       INTEGER NOT NULL,
    imported_at      TEXT    NOT NULL,
    rows_read        INTEGER NOT NULL DEFAULT 0,
    rows_stored      INTEGER NOT NULL DEFAULT 0,
    rows_quarantined INTEGER NOT NULL DEFAULT 0,
    source_kept      INTEGER NOT NULL CHECK (source_kept IN (0, 1)),
    delivery         INTEGER NOT NULL, -- batches of one call: parts of one whole, which never replace each other
    undone_order     INTEGER -- the largest was undone last and is redone first
) STRICT;
CREATE INDEX batch_by_hash ON batch (file_hash);

-- What a batch claims: a source and account in a month, and the days of it that it covers.
CREATE TABLE scope (
    id        INTEGER PRIMARY KEY,
    batch_id  INTEGER NOT NULL REFERENCES batch (id),
    kind      TEXT    NOT NULL,
    source    TEXT    NOT NULL,
    account   TEXT    NOT NULL,
    month     TEXT    NOT NULL,
    first_day TEXT    NOT NULL,
    last_day  TEXT    NOT NULL
) STRICT;
CREATE INDEX scope_by_claim ON scope (kind, source, account, month);
CREATE INDEX scope_by_batch ON scope (batch_id);

-- Control totals as the file wrote them, exact to the last digit; residue = file - ledger.
CREATE TABLE batch_total (
    batch_id INTEGER NOT NULL REFERENCES batch (id),
    position INTEGER NOT NULL,
    unit     TEXT    NOT NULL,
    measure  TEXT    NOT NULL,
    total    TEXT    NOT NULL,
    residue  TEXT    NOT NULL,
    PRIMARY KEY (batch_id, position)
) STRICT;

CREATE TABLE quarantine (
    id          INTEGER PRIMARY KEY,
    batch_id    INTEGER NOT NULL REFERENCES batch (id),
    line        INTEGER NOT NULL,
    "column"    TEXT    NOT NULL,
    found       TEXT    NOT NULL,
    expected    TEXT    NOT NULL,
    byte_offset INTEGER NOT NULL,
    byte_length INTEGER NOT NULL
) STRICT;
CREATE INDEX quarantine_by_batch ON quarantine (batch_id);

CREATE TABLE cost_key (
    id                INTEGER PRIMARY KEY,
    fingerprint       BLOB NOT NULL UNIQUE,
    provider          TEXT NOT NULL,
    publisher         TEXT NOT NULL,
    issuer            TEXT NOT NULL,
    billing_account   TEXT NOT NULL,
    account           TEXT NOT NULL,
    account_name      TEXT NOT NULL,
    region            TEXT NOT NULL,
    category          TEXT NOT NULL,
    service           TEXT NOT NULL,
    sku               TEXT NOT NULL,
    resource          TEXT NOT NULL,
    resource_type     TEXT NOT NULL,
    charge_category   TEXT NOT NULL,
    charge_class      TEXT NOT NULL,
    pricing_category  TEXT NOT NULL,
    commitment        TEXT NOT NULL,
    commitment_status TEXT NOT NULL,
    consumed_unit     TEXT NOT NULL,
    tags              TEXT NOT NULL
) STRICT;

CREATE TABLE cost (
    id               INTEGER PRIMARY KEY,
    batch_id         INTEGER NOT NULL REFERENCES batch (id),
    scope_id         INTEGER NOT NULL REFERENCES scope (id),
    key_id           INTEGER NOT NULL REFERENCES cost_key (id),
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
    byte_length      INTEGER NOT NULL
) STRICT;
CREATE INDEX cost_by_batch ON cost (batch_id);
CREATE INDEX cost_by_scope ON cost (scope_id);
CREATE INDEX cost_by_key ON cost (key_id);
CREATE INDEX cost_by_replacer ON cost (replaced_by) WHERE replaced_by IS NOT NULL;

CREATE TABLE usage_key (
    id           INTEGER PRIMARY KEY,
    fingerprint  BLOB NOT NULL UNIQUE,
    provider     TEXT NOT NULL,
    model        TEXT NOT NULL,
    project      TEXT NOT NULL,
    customer     TEXT NOT NULL,
    region       TEXT NOT NULL,
    service_tier TEXT NOT NULL
) STRICT;

CREATE TABLE token_usage (
    id                    INTEGER PRIMARY KEY,
    batch_id              INTEGER NOT NULL REFERENCES batch (id),
    scope_id              INTEGER NOT NULL REFERENCES scope (id),
    key_id                INTEGER NOT NULL REFERENCES usage_key (id),
    replaced_by           INTEGER          REFERENCES batch (id),
    usage_date            TEXT    NOT NULL,
    requests              INTEGER,
    input_tokens          INTEGER NOT NULL,
    cache_read_tokens     INTEGER NOT NULL,
    cache_write_5m_tokens INTEGER NOT NULL,
    cache_write_1h_tokens INTEGER NOT NULL,
    output_tokens         INTEGER NOT NULL,
    reasoning_tokens      INTEGER,
    byte_offset           INTEGER NOT NULL,
    byte_length           INTEGER NOT NULL
) STRICT;
CREATE INDEX token_usage_by_batch ON token_usage (batch_id);
CREATE INDEX token_usage_by_scope ON token_usage (scope_id);
CREATE INDEX token_usage_by_key ON token_usage (key_id);
CREATE INDEX token_usage_by_replacer ON token_usage (replaced_by) WHERE replaced_by IS NOT NULL;

CREATE TABLE gpu_key (
    id          INTEGER PRIMARY KEY,
    fingerprint BLOB NOT NULL UNIQUE,
    provider    TEXT NOT NULL,
    region      TEXT NOT NULL,
    gpu         TEXT NOT NULL,
    pool        TEXT NOT NULL,
    project     TEXT NOT NULL
) STRICT;

-- Hours are whole nanos of a GPU hour.
CREATE TABLE gpu_hours (
    id              INTEGER PRIMARY KEY,
    batch_id        INTEGER NOT NULL REFERENCES batch (id),
    scope_id        INTEGER NOT NULL REFERENCES scope (id),
    key_id          INTEGER NOT NULL REFERENCES gpu_key (id),
    replaced_by     INTEGER          REFERENCES batch (id),
    usage_date      TEXT    NOT NULL,
    hour            INTEGER NOT NULL,
    allocated_nanos INTEGER NOT NULL,
    busy_nanos      INTEGER,
    byte_offset     INTEGER NOT NULL,
    byte_length     INTEGER NOT NULL
) STRICT;
CREATE INDEX gpu_hours_by_batch ON gpu_hours (batch_id);
CREATE INDEX gpu_hours_by_scope ON gpu_hours (scope_id);
CREATE INDEX gpu_hours_by_key ON gpu_hours (key_id);
CREATE INDEX gpu_hours_by_replacer ON gpu_hours (replaced_by) WHERE replaced_by IS NOT NULL;

CREATE TABLE revenue (
    id            INTEGER PRIMARY KEY,
    batch_id      INTEGER NOT NULL REFERENCES batch (id),
    scope_id      INTEGER NOT NULL REFERENCES scope (id),
    replaced_by   INTEGER          REFERENCES batch (id),
    invoice_id    TEXT    NOT NULL,
    invoice_date  TEXT    NOT NULL,
    customer      TEXT    NOT NULL,
    product       TEXT    NOT NULL,
    plan          TEXT    NOT NULL,
    region        TEXT    NOT NULL,
    kind          TEXT    NOT NULL,
    service_start TEXT    NOT NULL,
    service_end   TEXT    NOT NULL,
    currency      TEXT    NOT NULL,
    amount_nanos  INTEGER NOT NULL,
    amount_attos  INTEGER NOT NULL,
    byte_offset   INTEGER NOT NULL,
    byte_length   INTEGER NOT NULL
) STRICT;
CREATE INDEX revenue_by_batch ON revenue (batch_id);
CREATE INDEX revenue_by_scope ON revenue (scope_id);
CREATE INDEX revenue_by_replacer ON revenue (replaced_by) WHERE replaced_by IS NOT NULL;

CREATE TABLE budget (
    id           INTEGER PRIMARY KEY,
    batch_id     INTEGER NOT NULL REFERENCES batch (id),
    scope_id     INTEGER NOT NULL REFERENCES scope (id),
    replaced_by  INTEGER          REFERENCES batch (id),
    month        TEXT    NOT NULL,
    measure      TEXT    NOT NULL CHECK (measure IN ('revenue', 'cost_of_revenue')),
    product      TEXT    NOT NULL,
    currency     TEXT    NOT NULL,
    amount_nanos INTEGER NOT NULL,
    amount_attos INTEGER NOT NULL,
    byte_offset  INTEGER NOT NULL,
    byte_length  INTEGER NOT NULL
) STRICT;
CREATE INDEX budget_by_batch ON budget (batch_id);
CREATE INDEX budget_by_scope ON budget (scope_id);
CREATE INDEX budget_by_replacer ON budget (replaced_by) WHERE replaced_by IS NOT NULL;

-- Texts that people keep: the rules file and the scenarios.
CREATE TABLE document (
    kind TEXT NOT NULL CHECK (kind IN ('rules', 'scenario')),
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (kind, name)
) STRICT;

-- Small facts about the workspace. `version` grows with every change, so that a reader knows when to look again.
CREATE TABLE workspace (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
INSERT INTO workspace (key, value) VALUES ('version', '0');
