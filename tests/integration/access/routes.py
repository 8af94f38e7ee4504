"""Every route of a service, found from the app that it serves."""

from __future__ import annotations

from importlib import import_module

from fastapi.routing import iter_route_contexts

from shared.app import add_health
from shared.run import Service
from shared.settings import ServiceSettings


def service_of(name: str) -> Service[ServiceSettings]:
    """A service as it declares itself."""
    found: Service[ServiceSettings] = import_module(f"services.{name}.__main__").SERVICE
    return found


def routes_of(name: str) -> list[str]:
    """Every route as `METHOD /path`; a folder of files counts as one that can be read."""
    app = service_of(name).app()
    add_health(app, _nothing_to_check)
    return [
        f"{method} {getattr(context, 'path', None) or getattr(context.original_route, 'path', '')}"
        for context in iter_route_contexts(app.routes)
        for method in sorted(getattr(context.original_route, "methods", None) or {"GET"})
        if method != "HEAD"
    ]


async def _nothing_to_check() -> dict[str, str]:
    return {}
