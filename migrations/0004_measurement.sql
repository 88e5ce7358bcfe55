-- What machines did: samples of GPUs, requests of a load trace, runs of a benchmark. Never money.
--
-- Sources only ever add: a sample is one GPU at one moment, a run has its own id, and `record` stands for either, so
-- that the same one in a later file replaces the earlier and undoing brings it back. A trace is one file; its requests
-- carry no id, so nothing replaces them, and two traces of one hour are two traces. `scope_id` is null where the file
-- does not know the month. A moment is in milliseconds since 1970 on the clock named beside it: 'utc', 'local' (civil
-- time whose zone the file does not tell) or, of a trace, 'trace' (since the trace began).

CREATE TABLE gpu_sample_key (
    id          INTEGER PRIMARY KEY,
    fingerprint BLOB    NOT NULL UNIQUE,
    gpu         TEXT    NOT NULL, -- UUID, else host and number
    slice       TEXT    NOT NULL, -- instance of a GPU that is cut into several
    model       TEXT    NOT NULL,
    host        TEXT    NOT NULL,
    workload    TEXT    NOT NULL
) STRICT;

CREATE TABLE gpu_sample (
    id               INTEGER PRIMARY KEY,
    batch_id         INTEGER NOT NULL REFERENCES batch (id),
    scope_id         INTEGER          REFERENCES scope (id),
    key_id           INTEGER NOT NULL REFERENCES gpu_sample_key (id),
    replaced_by      INTEGER          REFERENCES batch (id),
    moment_ms        INTEGER, -- null: the file does not tell when
    clock            TEXT    CHECK (clock IN ('utc', 'local')),
    utilisation      REAL, -- shares are of 1
    gr_engine_active REAL,
    sm_active        REAL,
    tensor_active    REAL,
    dram_active      REAL,
    memory_used_mib  REAL,
    memory_total_mib REAL,
    power_watts      REAL,
    record           BLOB,
    byte_offset      INTEGER NOT NULL,
    byte_length      INTEGER NOT NULL,
    CHECK ((moment_ms IS NULL) = (clock IS NULL))
) STRICT;
CREATE INDEX gpu_sample_by_batch ON gpu_sample (batch_id);
CREATE INDEX gpu_sample_by_scope ON gpu_sample (scope_id) WHERE scope_id IS NOT NULL;
CREATE INDEX gpu_sample_by_key ON gpu_sample (key_id, moment_ms);
CREATE INDEX gpu_sample_by_replacer ON gpu_sample (replaced_by) WHERE replaced_by IS NOT NULL;
CREATE INDEX gpu_sample_by_record ON gpu_sample (record) WHERE record IS NOT NULL;

CREATE TABLE request_trace_key (
    id          INTEGER PRIMARY KEY,
    fingerprint BLOB    NOT NULL UNIQUE,
    model       TEXT    NOT NULL,
    kind        TEXT    NOT NULL -- such as 'Conversation log' or 'API log'
) STRICT;

CREATE TABLE request_trace (
    id            INTEGER PRIMARY KEY,
    batch_id      INTEGER NOT NULL REFERENCES batch (id),
    scope_id      INTEGER          REFERENCES scope (id),
    key_id        INTEGER NOT NULL REFERENCES request_trace_key (id),
    moment_ms     INTEGER NOT NULL,
    clock         TEXT    NOT NULL CHECK (clock IN ('utc', 'trace')),
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    byte_offset   INTEGER NOT NULL,
    byte_length   INTEGER NOT NULL
) STRICT;
CREATE INDEX request_trace_by_batch ON request_trace (batch_id);
CREATE INDEX request_trace_by_scope ON request_trace (scope_id) WHERE scope_id IS NOT NULL;
CREATE INDEX request_trace_by_key ON request_trace (key_id);

CREATE TABLE benchmark_key (
    id             INTEGER PRIMARY KEY,
    fingerprint    BLOB    NOT NULL UNIQUE,
    tool           TEXT    NOT NULL,
    model          TEXT    NOT NULL,
    gpu            TEXT    NOT NULL,
    engine         TEXT    NOT NULL,
    engine_version TEXT    NOT NULL,
    precision      TEXT    NOT NULL,
    mode           TEXT    NOT NULL, -- 'agg', 'disagg'
    parallelism    TEXT    NOT NULL  -- 'tp4 pp1 dp1'
) STRICT;

-- One run. Latencies are in milliseconds whatever the source wrote; infinite request rate: as fast as the server takes.
CREATE TABLE benchmark (
    id                       INTEGER PRIMARY KEY,
    batch_id                 INTEGER NOT NULL REFERENCES batch (id),
    scope_id                 INTEGER          REFERENCES scope (id),
    key_id                   INTEGER NOT NULL REFERENCES benchmark_key (id),
    replaced_by              INTEGER          REFERENCES batch (id),
    run                      TEXT    NOT NULL,
    measured_on              TEXT,
    gpus                     INTEGER,
    input_tokens_mean        REAL, -- of a request
    output_tokens_mean       REAL,
    concurrency              REAL,
    requests_per_second      REAL, -- asked for
    requests                 INTEGER, -- completed
    duration_seconds         REAL,
    output_tokens_per_second REAL,
    ttft_ms_mean             REAL,
    ttft_ms_p50              REAL,
    ttft_ms_p90              REAL,
    ttft_ms_p95              REAL,
    ttft_ms_p99              REAL,
    tpot_ms_mean             REAL,
    tpot_ms_p50              REAL,
    tpot_ms_p90              REAL,
    tpot_ms_p95              REAL,
    tpot_ms_p99              REAL,
    record                   BLOB    NOT NULL,
    byte_offset              INTEGER NOT NULL,
    byte_length              INTEGER NOT NULL
) STRICT;
CREATE INDEX benchmark_by_batch ON benchmark (batch_id);
CREATE INDEX benchmark_by_scope ON benchmark (scope_id) WHERE scope_id IS NOT NULL;
CREATE INDEX benchmark_by_key ON benchmark (key_id);
CREATE INDEX benchmark_by_replacer ON benchmark (replaced_by) WHERE replaced_by IS NOT NULL;
CREATE INDEX benchmark_by_record ON benchmark (record);
