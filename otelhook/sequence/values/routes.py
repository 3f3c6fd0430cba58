"""Paths and the templates that frameworks know them by (``http.route``)."""

from __future__ import annotations

from typing import Final, NamedTuple

from otelhook.lazy_patterns import lazy
from otelhook.sequence.values.path_patterns import as_name

__all__ = ["Route", "parameters"]

_PARAMETER: Final = lazy(
    r"\{(?P<brace>[^{}:]*)(?::[^{}]*)?\}|<(?:[^<>:]*:)?(?P<angle>[^<>]*)>|:(?P<colon>\w+)"
)
"""A route's parameter: ``{id}``, ``{id:\\d+}``, ``<id>``, ``<int:id>``, ``:id``."""


class Route(NamedTuple):
    """One path as it was called, with its template (``http.route``) and query if known."""

    path: str
    template: str = ""
    query: str = ""


def parameters(route: Route) -> dict[int, str]:
    """Return from the number of a path's segment to its name in the route's template.

    A framework knows its template from where it is mounted, so the template is laid over the end
    of the path. A template that does not fit is no template of this path.
    """
    if not _PARAMETER.search(route.template):
        return {}
    path = route.path.split("/")
    template = route.template.strip("/").split("/")
    trailing = route.template.endswith("/") and route.path.endswith("/")
    first = len(path) - len(template) - int(trailing)
    if first < 0:
        return {}
    names: dict[int, str] = {}
    for number, part in enumerate(template, first):
        match = _PARAMETER.fullmatch(part)
        if match is None and part != path[number] and not _PARAMETER.search(part):
            return {}
        if match is not None and path[number]:
            name = as_name(next(group for group in match.groups() if group is not None))
            names[number] = name or "id"
    return names
