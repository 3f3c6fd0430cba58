"""Spans to a Document: exchanges, causal order, numbered steps."""
