"""Pages for people: templates that escape everything, one inline style, nothing from elsewhere, no script."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_TEMPLATES = Path(__file__).parents[1] / "templates"

_environment = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(template: str, *, style: str, **values: object) -> HTMLResponse:
    """A page that nobody keeps, frames or runs anything in; `style` names the one style sheet in it.

    Raises when the template names a value that is not given.
    """
    css = (_TEMPLATES / style).read_text()
    # What stands in the template's <style> is trusted by its hash, and nothing else is.
    text = _environment.get_template(template).render(style=Markup(css), **values)  # noqa: S704 - our own file
    return HTMLResponse(text, headers=_headers(css))


def _headers(css: str) -> dict[str, str]:
    fingerprint = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    return {
        "Content-Security-Policy": (
            f"default-src 'none'; style-src 'sha256-{fingerprint}'; "
            "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
