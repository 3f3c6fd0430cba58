"""The command ``otelhook``: one module a command."""
