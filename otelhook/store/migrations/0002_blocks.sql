-- Spans in blocks. While the version is this one, traces of the first form are being copied into blocks.

ALTER TABLE traces RENAME TO traces_1;
DROP INDEX traces_by_start;
DROP INDEX traces_by_received;
CREATE INDEX traces_1_by_received ON traces_1 (received);

-- One row a trace: what lists it and what lets it go. Times are ns since the epoch.
CREATE TABLE traces (
    trace_id BLOB PRIMARY KEY,       -- 16 bytes
    start_time INTEGER NOT NULL,     -- of the earliest span
    end_time INTEGER NOT NULL,       -- of the latest span
    received INTEGER NOT NULL        -- on our clock, of the last write
) WITHOUT ROWID;
CREATE INDEX traces_by_start ON traces (start_time);
CREATE INDEX traces_by_received ON traces (received);

-- One row a block: what lets a search pass it by.
CREATE TABLE blocks (
    id INTEGER PRIMARY KEY,          -- in the order of arrival
    spans INTEGER NOT NULL,
    size INTEGER NOT NULL,           -- bytes of its messages before compression
    stored INTEGER NOT NULL,         -- bytes that it takes
    dead INTEGER NOT NULL DEFAULT 0, -- spans that were replaced, or whose trace was deleted
    uncompressed INTEGER NOT NULL,   -- 1: some of it is not compressed yet
    damaged INTEGER NOT NULL DEFAULT 0, -- 1: some of it could not be read; it stays as it is
    from_time INTEGER NOT NULL,      -- of the earliest span's start
    to_time INTEGER NOT NULL,        -- of the latest span's start
    min_took INTEGER NOT NULL,
    max_took INTEGER NOT NULL,
    min_status INTEGER NOT NULL,     -- of HTTP; -2^63 where a span has none
    max_status INTEGER NOT NULL
);
CREATE INDEX blocks_by_time ON blocks (to_time);
CREATE INDEX blocks_with_dead ON blocks (dead) WHERE dead > 0;

-- What is asked of a block's spans, packed (otelhook/store/blocks/).
CREATE TABLE indexes (
    block INTEGER PRIMARY KEY REFERENCES blocks (id),
    terms BLOB NOT NULL,             -- a checksum, and the numbers of its terms in order
    postings BLOB NOT NULL,          -- which spans have each term
    operations BLOB NOT NULL,        -- services, names and kinds of its spans
    traces BLOB NOT NULL,            -- ids of its traces
    columns BLOB NOT NULL,           -- times, statuses, operations and traces of its spans
    gone BLOB NOT NULL DEFAULT x''   -- places of spans that were replaced
);

-- The messages as they came, compressed with zlib.
CREATE TABLE segments (
    id INTEGER PRIMARY KEY,
    block INTEGER NOT NULL REFERENCES blocks (id),
    first_span INTEGER NOT NULL,     -- place of its first span in the block
    content BLOB NOT NULL            -- OTLP TracesData, without spans that cannot be kept
);
CREATE INDEX segments_by_block ON segments (block, first_span);

-- What each block has of each trace.
CREATE TABLE parts (
    trace_id BLOB NOT NULL,
    block INTEGER NOT NULL,          -- no REFERENCES: it would want an index by block
    size INTEGER NOT NULL,           -- bytes of the spans
    spans BLOB NOT NULL,             -- places, ids, times, outcomes, packed
    PRIMARY KEY (trace_id, block)
) WITHOUT ROWID;

-- Which services and names there are, for lists.
CREATE TABLE operations (
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    kind INTEGER NOT NULL,           -- SpanKind of OTLP
    block INTEGER NOT NULL,
    PRIMARY KEY (service, name, kind, block)
) WITHOUT ROWID;

-- One row: how often spans have come or traces have gone.
CREATE TABLE revisions (revision INTEGER NOT NULL);
INSERT INTO revisions VALUES (0);
