"""What the overlay changes in the files of many-machines, each with its reason: nothing else."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, TypeGuard

from deploy.harness.places import ROOT
from deploy.many.parts import FILES
from deploy.many.places import HERE

__all__ = ["REASONS", "differences", "paths"]

_ADDRESS: Final = "address: all is on one machine's loopback"
REASONS: Final[Mapping[str, str]] = {
    r"receivers\.otlp\.protocols\.(grpc|http)\.endpoint": _ADDRESS,
    r"extensions\.(health_check|healthcheckv2\.http)\.endpoint": _ADDRESS,
    r"extensions\.jaeger_query\.(http|grpc)\.endpoint": _ADDRESS,
    r"service\.telemetry\.metrics\.readers\..*": _ADDRESS,
    r"exporters\.load_balancing\.resolver\..*": "resolver: two ports have no name in the DNS",
    r"processors\.tail_sampling\.policies\.2\..*": "share that is sampled: all, to be counted",
    r"extensions\.jaeger_storage\.backends\.columns\..*": "storage: ClickHouse is in no registry",
}
"""By what an overlay may change, why it does."""


def differences() -> Sequence[str]:
    """Return a line for each reason that a file is changed for, with what it changes."""
    found: dict[tuple[str, str], list[str]] = {}
    for file in FILES.values():
        for path in paths(file):
            found.setdefault((file, REASONS[_reason(path)]), []).append(path)
    return [f"{file}: {reason} ({', '.join(paths)})" for (file, reason), paths in found.items()]


def paths(file: str) -> Iterator[str]:
    """Yield the path of each value that an overlay says otherwise than the file that it lies on."""
    base = _read(ROOT / "deploy" / "many-machines" / file)
    yield from _changed(base, _read(HERE / "overlay" / file), "")


def _reason(path: str) -> str:
    return next(pattern for pattern in REASONS if re.fullmatch(pattern, path))


def _read(file: Path) -> object:
    yaml = importlib.import_module("yaml")  # it has no types
    found: object = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def _changed(base: object, overlay: object, path: str) -> Iterator[str]:
    if _is_object(overlay) and overlay:
        for name, value in overlay.items():
            below = base.get(name) if _is_object(base) else None
            yield from _changed(below, value, f"{path}.{name}")
    elif _is_list(overlay) and any(_is_object(item) for item in overlay):
        known = base if _is_list(base) else []
        for at, item in enumerate(overlay):
            below = known[at] if at < len(known) else None
            yield from _changed(below, item, f"{path}.{at}")
        if len(known) > len(overlay):
            yield f"{path}.{len(overlay)}.removed".removeprefix(".")
    elif overlay != base:
        yield path.removeprefix(".")


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
