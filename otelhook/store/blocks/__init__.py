"""Spans in blocks: a message's bytes as they came, beside columns and an index of its spans."""
