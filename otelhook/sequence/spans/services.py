"""The name under which a resource appears."""

from __future__ import annotations

from typing import Final

from otelhook import attributes as key
from otelhook.model import Resource
from otelhook.sequence.spans.coercion import first_text

__all__ = ["host_of", "instance_of", "is_named", "service_of"]

_NAMES: Final = (key.SERVICE_NAME, key.PROCESS_EXECUTABLE_NAME, key.HOST_NAME)
_NAMELESS: Final = ("", "unknown", "-")
"""What libraries of Zipkin, and proxies, write for a service that they do not know."""

_INSTANCES: Final = (key.HOST_NAME, key.HOST_ID, key.SERVICE_INSTANCE_ID)


def service_of(resource: Resource) -> str:
    """Return ``service.name``; a resource without it goes by its program or its host."""
    return first_text(resource.attributes, _NAMES) or "unknown service"


def is_named(service: str) -> bool:
    """Return whether somebody gave a service its name: SDKs call all others ``unknown_service``."""
    return service not in _NAMELESS and not service.startswith(
        ("unknown_service", "unknown service")
    )


def host_of(resource: Resource) -> str:
    """Return the host by a name that people know it by: never an id of 32 digits."""
    return first_text(resource.attributes, (key.HOST_NAME,))


def instance_of(resource: Resource) -> str:
    """Return what tells replicas of one service apart: the host, else the instance's id."""
    return first_text(resource.attributes, _INSTANCES)
