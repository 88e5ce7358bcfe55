-- A company works to one plan at a time, and must be able to say which one it was on which day. A plan is a scenario
-- that stands by itself, kept as it was when it was adopted; a later one takes its place and the earlier one stays.
CREATE TABLE plan (
    id           INTEGER PRIMARY KEY AUTOINCREMENT,
    scenario     TEXT NOT NULL, -- id of the scenario: its file's stem
    body         TEXT NOT NULL, -- the file, with what it changed laid together
    hash         TEXT NOT NULL, -- of everything that its projection read
    adopted_at   TEXT NOT NULL, -- UTC
    undone_order INTEGER        -- set when taken back; the largest was taken back last
) STRICT;
