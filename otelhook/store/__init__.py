"""The SQLite store and its migrations."""

from otelhook.store.database import STORE_FILE
from otelhook.store.retention import Retained
from otelhook.store.rows import Row, rows_of
from otelhook.store.search import MAX_TIME, Found, Query
from otelhook.store.store import Extent, SpoolKey, SpoolPosition, Store, Written
from otelhook.store.summaries import Call, Root, ServiceCount, TraceSummary

__all__ = [
    "MAX_TIME",
    "STORE_FILE",
    "Call",
    "Extent",
    "Found",
    "Query",
    "Retained",
    "Root",
    "Row",
    "ServiceCount",
    "SpoolKey",
    "SpoolPosition",
    "Store",
    "TraceSummary",
    "Written",
    "rows_of",
]
