"""The SQLite store and its migrations."""

from otelhook.store.database import STORE_FILE
from otelhook.store.retention import Retained
from otelhook.store.rows import SpanRows, rows_of
from otelhook.store.search import MAX_TIME, Found, Query
from otelhook.store.store import Extent, SpoolKey, SpoolPosition, Store, Written
from otelhook.store.summaries import Root, ServiceCalls, ServiceCount, TraceSummary

__all__ = [
    "MAX_TIME",
    "STORE_FILE",
    "Extent",
    "Found",
    "Query",
    "Retained",
    "Root",
    "ServiceCalls",
    "ServiceCount",
    "SpanRows",
    "SpoolKey",
    "SpoolPosition",
    "Store",
    "TraceSummary",
    "Written",
    "rows_of",
]
