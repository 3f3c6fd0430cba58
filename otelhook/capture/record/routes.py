"""The route of the request that is being answered, noted by who learns it on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

from opentelemetry import context as context_api

from otelhook.attributes import HTTP_REQUEST_METHOD, HTTP_ROUTE
from otelhook.capture.guard import Guard

__all__ = [
    "SERVER_SPAN",
    "django_patches",
    "falcon_patches",
    "name_by_route",
    "pyramid_patches",
]

SERVER_SPAN = context_api.create_key("otelhook-server-span")
"""The SERVER span of the request within whose application code runs."""

_Patch = tuple[Any, str, Any]
_guard = Guard()
_LONGEST = 500


def name_by_route(span: Any, route: str, method: str = "") -> None:
    """Write a route to a SERVER span, and name it by that (HTTP conventions)."""
    if not span.is_recording():
        return
    known: Mapping[str, Any] = getattr(span, "attributes", None) or {}
    method = method or str(known.get(HTTP_REQUEST_METHOD, ""))
    shown = route[:_LONGEST]
    span.set_attribute(HTTP_ROUTE, shown)
    span.update_name(f"{'HTTP' if method in ('', '_OTHER') else method} {shown}")


def _note(route: object) -> None:
    """Note the route of the request that is being answered now."""
    with _guard:
        span = context_api.get_current().get(SERVER_SPAN)
        if span is not None and isinstance(route, str) and route:
            name_by_route(span, route if route[0] == "/" else f"/{route}")


def _noting(method: Callable[..., Any], route_of: Callable[[Any, tuple[Any, ...]], object]) -> Any:
    """Wrap a framework's method: the route is taken from what it returned and was given."""

    def captured(*args: Any, **kwargs: Any) -> Any:
        returned = method(*args, **kwargs)
        with _guard:
            _note(route_of(returned, args))
        return returned

    return captured


def django_patches(module: ModuleType) -> Iterator[_Patch]:
    """Patch ``django.core.handlers.base``: where a request's view is looked up."""
    handler = module.BaseHandler
    resolve = getattr(handler, "resolve_request", None)
    if resolve is not None:
        yield (
            handler,
            "resolve_request",
            _noting(resolve, lambda match, _: getattr(match, "route", None)),
        )


def falcon_patches(module: ModuleType) -> Iterator[_Patch]:
    """Patch ``falcon.app``: where a request's resource is looked up."""
    app = module.App
    found = getattr(app, "_get_responder", None)
    if found is not None:
        yield (
            app,
            "_get_responder",
            _noting(found, lambda returned, _: returned[-1]),  # the template is its last part
        )


def pyramid_patches(module: ModuleType) -> Iterator[_Patch]:
    """Patch ``pyramid.router``: what answers a request, once its route is known."""
    router = module.Router
    yield (
        router,
        "handle_request",
        _noting(
            router.handle_request,
            lambda _, args: getattr(getattr(args[-1], "matched_route", None), "pattern", None),
        ),
    )
