"""Where OpenStack's things are kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from deploy.harness import places

__all__ = ["HERE", "NAME", "cache"]

HERE = Path(__file__).parent
NAME = "openstack"
"""What the cache and its lock are called after."""


def cache(environ: Mapping[str, str] = os.environ) -> Path:
    """Return the folder that survives: ``$OTELHOOK_OPENSTACK``, else one of the user's cache."""
    return places.cache(NAME, environ)
