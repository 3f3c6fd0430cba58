"""Markdown pages: for GitHub and its like, and for MkDocs."""
