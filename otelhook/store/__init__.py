"""The SQLite store and its migrations."""

from otelhook.store.blocks.block import Block, BlockBuilder, block_of
from otelhook.store.database import STORE_FILE
from otelhook.store.query import MAX_TIME, Found, Query
from otelhook.store.retention import Retained
from otelhook.store.store import Extent, SpoolKey, SpoolPosition, Store, Written
from otelhook.store.summaries import Root, ServiceCalls, ServiceCount, TraceSummary

__all__ = [
    "MAX_TIME",
    "STORE_FILE",
    "Block",
    "BlockBuilder",
    "Extent",
    "Found",
    "Query",
    "Retained",
    "Root",
    "ServiceCalls",
    "ServiceCount",
    "SpoolKey",
    "SpoolPosition",
    "Store",
    "TraceSummary",
    "Written",
    "block_of",
]
