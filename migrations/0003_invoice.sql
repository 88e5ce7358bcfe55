-- Received invoices: what issuers asked for, by month. Bills are held against them; they are in no cost.
CREATE TABLE invoice (
    id          INTEGER PRIMARY KEY,
    batch_id    INTEGER NOT NULL REFERENCES batch (id),
    scope_id    INTEGER NOT NULL REFERENCES scope (id),
    replaced_by INTEGER          REFERENCES batch (id),
    issuer      TEXT    NOT NULL,
    number      TEXT    NOT NULL,
    month       TEXT    NOT NULL,
    currency    TEXT    NOT NULL,
    net_nanos   INTEGER NOT NULL,
    net_attos   INTEGER NOT NULL,
    tax_nanos   INTEGER,
    tax_attos   INTEGER,
    received_on TEXT,
    byte_offset INTEGER NOT NULL,
    byte_length INTEGER NOT NULL
) STRICT;
CREATE INDEX invoice_by_batch ON invoice (batch_id);
CREATE INDEX invoice_by_scope ON invoice (scope_id);
CREATE INDEX invoice_by_replacer ON invoice (replaced_by) WHERE replaced_by IS NOT NULL;
