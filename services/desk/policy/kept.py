"""A form that came with an ended session: what of it is kept, and how it is put back into its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from bs4 import BeautifulSoup, Tag

from services.desk.model.kept import Fields, Filled

LARGEST = 64_000
"""How many characters of a form are kept, names and all."""
MOST_FIELDS = 500
LONGEST_PAGE = 1000
NEVER_BENEATH = ("/sign-in", "/sign-out", "/account", "/people", "/kept")
"""Forms that hold passwords, or nothing that somebody would have to type again."""
SECRET = "password"  # noqa: S105 - how such fields are called
OURS = frozenset({"once", "version", "known"})
"""What a form carries that nobody typed: it has to stay as it was, so that a colleague's change is seen."""
NOT_TYPED = OURS | {"back", "after", "who", "part", "chosen", "to"}
MARK = "kept"
"""How the page of a kept form is asked for, in its query."""
_CHOSEN = frozenset({"checkbox", "radio"})
_NOT_FILLED = frozenset({"password", "file", "submit", "button", "reset", "image"})


def worth_keeping(path: str, fields: Iterable[tuple[str, str]]) -> dict[str, list[str]] | None:
    """What is kept of a form; None where it is not to be kept, or longer than anybody types."""
    if any(path == one or path.startswith(one + "/") for one in NEVER_BENEATH):
        return None
    found: dict[str, list[str]] = {}
    number = size = 0
    for name, value in fields:
        if SECRET in name.casefold():
            continue
        number, size = number + 1, size + len(name) + len(value)
        # Browsers send lines as two characters, and no text of ours can hold U+0000.
        found.setdefault(name, []).append(value.replace("\r\n", "\n").replace("\0", ""))
    return found if found and number <= MOST_FIELDS and size <= LARGEST else None


def page_of(referer: str, host: str) -> str | None:
    """The page of our own from which a browser says that it comes, without what is only said once."""
    came = urlsplit(referer)
    if came.netloc != host or not came.path.startswith("/") or came.path.startswith("//"):
        return None
    kept = [(name, value) for name, value in parse_qsl(came.query) if name not in {MARK, "said"}]
    page = came.path + (f"?{urlencode(kept)}" if kept else "")
    return page if len(page) <= LONGEST_PAGE else None


def marked(page: str, form_id: UUID) -> str:
    """The address of the page in which a kept form is filled in."""
    return f"{page}{'&' if '?' in page else '?'}{MARK}={form_id}"


def filled(html: str, path: str, fields: Fields) -> Filled:
    """A page in whose form for this path everything stands again that was typed there."""
    soup = BeautifulSoup(html, "html.parser")
    forms = [one for one in soup.find_all("form") if _leads_to(one, path)]
    left = {name: list(values) for name, values in fields.items()}
    if forms:
        _fill(max(forms, key=lambda form: _has(form, left)), left)
    return Filled(html=str(soup), left=typed_in(left))


def typed_in(fields: Fields) -> tuple[str, ...]:
    """What somebody may miss of what was in a form."""
    return tuple(
        value
        for name, values in fields.items()
        for value in values
        if name not in NOT_TYPED and value.strip()
    )


def _leads_to(form: Tag, path: str) -> bool:
    if str(form.get("method", "")).lower() != "post":
        return False
    buttons = form.find_all(["button", "input"], attrs={"formaction": path})
    return str(form.get("action", "")) == path or bool(buttons)


def _has(form: Tag, fields: Mapping[str, object]) -> int:
    return len({str(one["name"]) for one in _controls(form)} & fields.keys())


def _controls(form: Tag) -> list[Tag]:
    return [one for one in form.find_all(["input", "textarea", "select"]) if one.get("name")]


def _fill(form: Tag, left: dict[str, list[str]]) -> None:
    controls = _controls(form)
    names = [str(one["name"]) for one in controls]
    boxes: dict[str, set[str]] = {name: set(values) for name, values in left.items()}
    for control, name in zip(controls, names, strict=True):
        kind = str(control.get("type", "text")).lower() if control.name == "input" else control.name
        if kind in _NOT_FILLED:
            continue
        if kind in _CHOSEN:
            _choose(control, "checked", chosen=_value(control) in boxes.get(name, set()))
            left[name] = [one for one in left.get(name, []) if one != _value(control)]
        elif kind == "hidden":
            if name in OURS and names.count(name) == 1 and len(left.get(name, ())) == 1:
                control["value"] = left[name][0]
            left.pop(name, None)
        elif left.get(name):
            _type(control, kind, left[name].pop(0))


def _type(control: Tag, kind: str, text: str) -> None:
    if kind == "select":
        for option in control.find_all("option"):
            _choose(option, "selected", chosen=_value(option) == text)
        return
    if kind == "textarea":
        # The first line break after the tag is no part of the text.
        control.string = f"\n{text}" if text.startswith("\n") else text
    else:
        control["value"] = text
    if text:
        for folded in control.find_parents("details"):
            folded["open"] = ""


def _value(control: Tag) -> str:
    value = control.get("value")
    if value is not None:
        return str(value)
    return control.get_text().strip() if control.name == "option" else "on"


def _choose(control: Tag, how: str, *, chosen: bool) -> None:
    if chosen:
        control[how] = ""
    elif control.has_attr(how):
        del control[how]
