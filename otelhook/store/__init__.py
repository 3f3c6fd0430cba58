"""The SQLite store and its migrations."""

from otelhook.lazy_names import on_first_use

TYPE_CHECKING = False
if TYPE_CHECKING:
    from otelhook.store.blocks.block import Block, BlockBuilder, block_of
    from otelhook.store.database import STORE_FILE
    from otelhook.store.query import MAX_TIME, Found, Query
    from otelhook.store.retention import Retained
    from otelhook.store.store import Store
    from otelhook.store.summaries import Root, ServiceCalls, ServiceCount, TraceSummary
    from otelhook.store.written import Extent, SpoolKey, SpoolPosition, Written

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

__getattr__ = on_first_use(
    __name__,
    {
        "blocks.block": ("Block", "BlockBuilder", "block_of"),
        "database": ("STORE_FILE",),
        "query": ("MAX_TIME", "Found", "Query"),
        "retention": ("Retained",),
        "store": ("Store",),
        "summaries": ("Root", "ServiceCalls", "ServiceCount", "TraceSummary"),
        "written": ("Extent", "SpoolKey", "SpoolPosition", "Written"),
    },
)
