-- The first form of the store. Migrations are append-only: a later change is a file of its own.

-- What made the spans, once by the hash of its encoding.
CREATE TABLE resources (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    service TEXT NOT NULL,
    content BLOB NOT NULL            -- OTLP Resource
);

-- Bodies, once by the hash of their kind and content.
CREATE TABLE bodies (
    id INTEGER PRIMARY KEY,
    hash BLOB NOT NULL UNIQUE,
    is_text INTEGER NOT NULL,        -- 1: content is UTF-8 and was a string
    content BLOB NOT NULL
);

-- One row a trace: what lists it and what lets it go.
CREATE TABLE traces (
    trace_id TEXT PRIMARY KEY,       -- 32 hex digits
    start_time INTEGER NOT NULL,     -- ns since the epoch, of the earliest span
    end_time INTEGER NOT NULL,       -- ns since the epoch, of the latest span
    spans INTEGER NOT NULL,
    received INTEGER NOT NULL        -- ns since the epoch on our clock, of the last write
) WITHOUT ROWID;
CREATE INDEX traces_by_start ON traces (start_time);
CREATE INDEX traces_by_received ON traces (received);

-- One row a span.
CREATE TABLE spans (
    id INTEGER PRIMARY KEY,
    trace_id TEXT NOT NULL REFERENCES traces (trace_id),
    span_id TEXT NOT NULL,           -- 16 hex digits
    kind INTEGER NOT NULL,           -- SpanKind of OTLP
    parent_span_id TEXT,
    resource INTEGER NOT NULL REFERENCES resources (id),
    service TEXT NOT NULL,
    name TEXT NOT NULL,
    start_time INTEGER NOT NULL,     -- ns since the epoch
    end_time INTEGER NOT NULL,       -- ns since the epoch
    status INTEGER NOT NULL,         -- StatusCode of OTLP
    http_method TEXT,
    http_status INTEGER,
    request_body INTEGER REFERENCES bodies (id),
    response_body INTEGER REFERENCES bodies (id),
    attribute_values BLOB NOT NULL,  -- ids in attribute_values, 64-bit little-endian each
    content BLOB NOT NULL,           -- OTLP TracesData: this span without resource and bodies
    UNIQUE (trace_id, span_id, kind)
);
CREATE INDEX spans_by_service ON spans (service, name, start_time);
CREATE INDEX spans_by_start ON spans (start_time);
CREATE INDEX spans_by_http_status ON spans (http_status) WHERE http_status IS NOT NULL;
CREATE INDEX spans_by_resource ON spans (resource);
CREATE INDEX spans_by_request_body ON spans (request_body) WHERE request_body IS NOT NULL;
CREATE INDEX spans_by_response_body ON spans (response_body) WHERE response_body IS NOT NULL;

-- Attribute values of up to 256 characters, for search; a list has one an element. Most come
-- again and again (a host, a user agent), so each is kept once, and a span refers to it.
CREATE TABLE attribute_keys (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE
);
CREATE TABLE attribute_values (
    id INTEGER PRIMARY KEY,
    key INTEGER NOT NULL REFERENCES attribute_keys (id),
    value TEXT NOT NULL,
    UNIQUE (key, value)
);
CREATE TABLE span_attributes (
    value INTEGER NOT NULL REFERENCES attribute_values (id),
    span INTEGER NOT NULL,           -- no REFERENCES: it would want an index by span
    PRIMARY KEY (value, span)
) WITHOUT ROWID;
CREATE VIEW attributes AS
    SELECT attribute_values.key, attribute_values.value, span_attributes.span
    FROM attribute_values JOIN span_attributes ON span_attributes.value = attribute_values.id;

-- How far each spool has been taken in; a row is written in the transaction of its spans.
CREATE TABLE spools (
    name TEXT NOT NULL,
    inode INTEGER NOT NULL,
    offset INTEGER NOT NULL,
    damaged INTEGER NOT NULL DEFAULT 0,  -- 1: some of it could not be read
    PRIMARY KEY (name, inode)
) WITHOUT ROWID;
