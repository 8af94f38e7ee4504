"""Where in a YAML text each field stands. A text that could not be read safely is refused before it is."""

from __future__ import annotations

from collections.abc import Iterator

import yaml

DEEPEST = 20
"""No playbook nests deeper; what does was made to break a reader."""

ALIASES = {"then_words": "then", "if_words": "if"}
"""Fields that are called something else in the files."""


LOADER: type[yaml.SafeLoader | yaml.CSafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader, in C where there is one: ten times as fast."""


class RefusedError(yaml.YAMLError):
    """A text that is YAML and was not written by somebody who wants to be read; `line` says where."""

    def __init__(self, problem: str, event: yaml.Event) -> None:
        super().__init__(problem)
        self.line = 1 if event.start_mark is None else event.start_mark.line + 1


class Lines:
    """The line of each field, by its way with dots between: `plan.then`, `steps.0.title`."""

    def __init__(self, lines: dict[str, int]) -> None:
        self._lines = lines

    def of(self, field: str) -> int | None:
        """Give the line of a field, or of the nearest thing around it that is there."""
        parts = [ALIASES.get(part, part) for part in field.split(".")] if field else []
        while parts:
            line = self._lines.get(".".join(parts))
            if line is not None:
                return line
            parts.pop()
        return None


def read_lines(text: str) -> tuple[Lines, list[tuple[str, int]]]:
    """Give the line of each field, and the fields that stand there twice, with the second one's line.

    Raises `yaml.YAMLError` for what is no YAML, nests too deep or repeats parts by reference.
    """
    _look_through(text)
    lines: dict[str, int] = {}
    twice: list[tuple[str, int]] = []
    root = yaml.compose(text, Loader=LOADER)
    if root is not None:
        for path, line in _walk(root, ""):
            if path in lines:
                twice.append((path, line))
            lines.setdefault(path, line)
    return Lines(lines), twice


def _look_through(text: str) -> None:
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise RefusedError("references are not used here", event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            raise RefusedError("this nests too deep", event)


def _walk(node: yaml.Node, path: str) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            place = f"{path}.{key.value}" if path else str(key.value)
            yield place, key.start_mark.line + 1
            yield from _walk(value, place)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            place = f"{path}.{number}"
            yield place, value.start_mark.line + 1
            yield from _walk(value, place)
