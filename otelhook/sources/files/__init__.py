"""Traces from files and standard input."""
