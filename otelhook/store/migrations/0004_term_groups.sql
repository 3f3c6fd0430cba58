-- What any of some small blocks has, so that a search without a match need not ask each of them.

CREATE TABLE term_groups (
    id INTEGER PRIMARY KEY,          -- the number of each of its blocks, divided by 64
    terms BLOB NOT NULL              -- a checksum, and the numbers of all their terms in order
);
