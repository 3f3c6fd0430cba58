"""The SQLite store and its migrations."""

from otelhook.store.database import STORE_FILE
from otelhook.store.retention import Retained
from otelhook.store.store import SpoolKey, SpoolPosition, Store, Written

__all__ = ["STORE_FILE", "Retained", "SpoolKey", "SpoolPosition", "Store", "Written"]
