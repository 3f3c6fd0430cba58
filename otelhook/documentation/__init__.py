"""Traces in documentation that others build: plugins for MkDocs and Sphinx."""
