"""Finds secrets that are left in a document, by other means than redaction's."""
