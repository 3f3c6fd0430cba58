"""What of ours is left for the garbage collector: what leads back to itself."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType, FunctionType, MethodType

import otelhook

__all__ = ["left_by"]

OURS = str(Path(otelhook.__file__).parent)


def _is_ours(one: object) -> bool:
    if isinstance(one, FrameType):
        return one.f_code.co_filename.startswith(OURS)
    if isinstance(one, MethodType):
        one = one.__func__
    module = getattr(one if isinstance(one, FunctionType) else type(one), "__module__", "")
    return str(module).startswith("otelhook")


def _leads_back(one: object, among: dict[int, object]) -> bool:
    """Say whether an object keeps itself; a frame of ours that a traceback holds does not."""
    todo: list[object] = list(
        one.f_locals.values() if isinstance(one, FrameType) else gc.get_referents(one)
    )
    seen: set[int] = set()
    while todo:
        found = todo.pop()
        if found is one:
            return True
        if id(found) in among and id(found) not in seen:
            seen.add(id(found))
            todo += gc.get_referents(found)
    return False


def left_by(act: Callable[[], object]) -> list[str]:
    """Return what of ours an act leaves to the collector; what is made once is made before."""
    for _ in range(2):
        act()
    _collect()
    gc.disable()
    try:
        act()
        gc.set_debug(gc.DEBUG_SAVEALL)
        gc.collect()
        among = {id(one): one for one in gc.garbage}
        return [repr(one)[:200] for one in gc.garbage if _is_ours(one) and _leads_back(one, among)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
        _collect()


def _collect() -> None:
    """Collect what other tests left, too: what their finalizers say is nothing of this one's."""
    heard, sys.unraisablehook = sys.unraisablehook, lambda _: None
    try:
        gc.collect()
    finally:
        sys.unraisablehook = heard
