"""Mermaid sequence diagrams, the overview of a long one, and the escaping of their text."""
