"""Redaction of one form of text each: JSON, XML, URLs, headers, commands, free text."""
