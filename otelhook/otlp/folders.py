"""What a data folder has beside its store, by name: a service writes it, a command reads it."""

from __future__ import annotations

from typing import Final

__all__ = ["SEQUENCE_FOLDER", "SPOOL_FOLDER", "SPOOL_SUFFIX"]

SPOOL_FOLDER: Final = "spool"
"""The spools' folder within the data folder."""

SEQUENCE_FOLDER: Final = "sequence"
"""The folder within the data folder of documents that services write, named after their trace."""

SPOOL_SUFFIX: Final = ".otlp"
"""How a spool's name ends; damaged ones that were set aside have more behind it."""
