"""The SQLite store and its migrations."""

from otelhook.store.database import STORE_FILE
from otelhook.store.retention import Retained
from otelhook.store.rows import BODY_KEYS
from otelhook.store.store import SpoolKey, SpoolPosition, Store, Written

__all__ = ["BODY_KEYS", "STORE_FILE", "Retained", "SpoolKey", "SpoolPosition", "Store", "Written"]
