-- Epochs: when the data folder lost commits, every log's head begins a new one (docs/adr/0018).

CREATE TABLE epochs (
    epoch    INTEGER NOT NULL PRIMARY KEY,
    began_at INTEGER NOT NULL,
    reason   TEXT    NOT NULL
) STRICT;
