-- Every trace is in blocks: the tables of the first form are dropped.

DROP VIEW attributes;
DROP TABLE span_attributes;
DROP TABLE attribute_values;
DROP TABLE attribute_keys;
DROP TABLE spans;
DROP TABLE traces_1;
DROP TABLE bodies;
DROP TABLE resources;
