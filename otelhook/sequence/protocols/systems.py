"""Databases, caches and brokers by the names that tools give them: data, one row a system."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from otelhook.sequence.vocabulary import ParticipantKind

__all__ = ["BROKERS", "STORES", "store_named", "store_within"]

_D, _C = ParticipantKind.DATABASE, ParticipantKind.CACHE

STORES: Final[Mapping[str, tuple[str, ParticipantKind]]] = MappingProxyType(
    {
        "postgresql": ("postgresql", _D),
        "postgres": ("postgresql", _D),
        "pg": ("postgresql", _D),
        "mysql": ("mysql", _D),
        "mariadb": ("mariadb", _D),
        "microsoft.sql_server": ("mssql", _D),
        "mssql": ("mssql", _D),
        "sqlserver": ("mssql", _D),
        "oracle.db": ("oracle", _D),
        "oracle": ("oracle", _D),
        "sqlite": ("sqlite", _D),
        "h2": ("h2", _D),
        "h2database": ("h2", _D),
        "hsqldb": ("hsqldb", _D),
        "derby": ("derby", _D),
        "cockroachdb": ("cockroachdb", _D),
        "clickhouse": ("clickhouse", _D),
        "mongodb": ("mongodb", _D),
        "mongo": ("mongodb", _D),
        "cassandra": ("cassandra", _D),
        "elasticsearch": ("elasticsearch", _D),
        "elastic": ("elasticsearch", _D),
        "opensearch": ("opensearch", _D),
        "couchbase": ("couchbase", _D),
        "couchdb": ("couchdb", _D),
        "neo4j": ("neo4j", _D),
        "influxdb": ("influxdb", _D),
        "aws.dynamodb": ("dynamodb", _D),
        "dynamodb": ("dynamodb", _D),
        "azure.cosmosdb": ("cosmosdb", _D),
        "cosmosdb": ("cosmosdb", _D),
        "gcp.spanner": ("spanner", _D),
        "spanner": ("spanner", _D),
        "hbase": ("hbase", _D),
        "hive": ("hive", _D),
        "trino": ("trino", _D),
        "snowflake": ("snowflake", _D),
        "qdrant": ("qdrant", _D),
        "pinecone": ("pinecone", _D),
        "chroma": ("chroma", _D),
        "milvus": ("milvus", _D),
        "weaviate": ("weaviate", _D),
        "etcd": ("etcd", _D),
        "redis": ("redis", _C),
        "valkey": ("valkey", _C),
        "memcached": ("memcached", _C),
        "memcache": ("memcached", _C),
        "hazelcast": ("hazelcast", _C),
        "ehcache": ("ehcache", _C),
        "caffeine": ("caffeine", _C),
        "geode": ("geode", _C),
    }
)
"""Values of ``db.system.name``, ``db.system``, ``db.type`` and ``component``, and their display."""

_SAID_OTHERWISE: Final = MappingProxyType(
    {
        "other_sql": "sql",
        "sql": "sql",
        "java-jdbc": "sql",
        "jdbc": "sql",
        "jedis": "redis",
        "lettuce": "redis",
        "ioredis": "redis",
        "go-redis": "redis",
        "java-mongo": "mongodb",
    }
)
"""Names of libraries, and words for any database."""

BROKERS: Final = frozenset(
    {"kafka", "rabbitmq", "rabbit", "activemq", "rocketmq", "pulsar", "nats", "jms", "artemis"}
    | {"aws_sqs", "aws.sqs", "sqs", "aws.sns", "sns", "gcp_pubsub", "servicebus", "eventhubs"}
)
"""Values of ``messaging.system`` that also stand as the name of a peer."""


def store_named(name: str) -> tuple[str, ParticipantKind] | None:
    """Return how a system of this name is shown and what it is; None if it is not a known one."""
    plain = name.strip().lower()
    known = STORES.get(plain)
    if known is None and plain in _SAID_OTHERWISE:
        other = _SAID_OTHERWISE[plain]
        known = STORES.get(other, (other, ParticipantKind.DATABASE))
    return known


def store_within(name: str) -> tuple[str, ParticipantKind] | None:
    """Return the system that a service or a peer is named after: ``redis-cart``, ``user-mysql``."""
    words = name.lower().replace("_", "-").replace(".", "-").replace(":", "-").split("-")
    found = (STORES[word] for word in words if word in STORES)
    return next(found, None)
