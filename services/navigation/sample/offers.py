"""The invented organisations of the sample: who offers which kinds of service where.

Nothing here exists. Places and postcode areas are real, so that the sample reads like a directory.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """A place of the sample: its postcode area, a neighbour's, and streets that it does not have."""

    area: str
    neighbour: str
    name: str
    latitude: float
    longitude: float
    streets: tuple[str, ...]


TOWNS = (
    Town(area="LS", neighbour="WF", name="Leeds", latitude=53.797, longitude=-1.546,
         streets=("Weaver's Fold", "Lark Yard", "Old Tannery Lane")),
    Town(area="BD", neighbour="LS", name="Bradford", latitude=53.795, longitude=-1.752,
         streets=("Comber's Row", "Foxglove Street", "Mill Race Walk")),
    Town(area="HX", neighbour="HD", name="Halifax", latitude=53.722, longitude=-1.858,
         streets=("Packhorse Steps", "Juniper Court", "Clothier Lane")),
    Town(area="HD", neighbour="HX", name="Huddersfield", latitude=53.645, longitude=-1.785,
         streets=("Shuttle Lane", "Heron Bridge", "Dyer's Close")),
    Town(area="WF", neighbour="LS", name="Wakefield", latitude=53.683, longitude=-1.499,
         streets=("Barley Wharf", "Sparrow Hill", "Ropewalk End")),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """What one organisation of every town does, and what it is called in each, in the order of TOWNS."""

    names: tuple[str, str, str, str, str]
    about: str
    codes: tuple[str, ...]


TRADES = (
    Trade(
        names=(
            "Lark Yard Drivers",
            "Comber's Wheels",
            "Packhorse Car Share",
            "Heron Lifts",
            "Barley Wharf Rides",
        ),
        about="Volunteers with cars, and a fund for fares.",
        codes=("105-02-01", "105-01-01"),
    ),
    Trade(
        names=(
            "Tannery Advice House",
            "Open Desk Bradford",
            "Juniper Advice",
            "Shuttle Lane Advice",
            "Ropewalk Desk",
        ),
        about="Independent advice: forms, rights, where to begin.",
        codes=("108-05", "108-05-01", "110-05", "111-01", "106-05-04"),
    ),
    Trade(
        names=(
            "Little Weavers",
            "Foxglove Families",
            "Clothier Family Room",
            "Dyer's Close Families",
            "Sparrow Nest",
        ),
        about="A family centre of parents for parents.",
        codes=("108-03-03-02", "108-03-03-04", "106-04-05"),
    ),
    Trade(
        names=(
            "Even Shares Leeds",
            "Mill Race Fund",
            "Calder Hardship Trust",
            "Colne Common Purse",
            "Wharf Mutual",
        ),
        about="Help with money and the price of health.",
        codes=("106-05-03", "106-05-06", "101-02", "107-02"),
    ),
    Trade(
        names=("The Open Chair", "Second Spring", "Steps Together", "Bridge Circle", "The Blue Kettle"),
        about="Peers and counsellors under one roof.",
        codes=("108-07-07", "108-07-09", "108-07-01", "106-04-08", "106-06-04-04"),
    ),
    Trade(
        names=(
            "Many Tongues",
            "Three Rivers Learning",
            "Courtyard School",
            "Loom Learning",
            "Harbour of Words",
        ),
        about="Languages, learning and interpreting.",
        codes=("111-05", "109-03-03", "109-06-02"),
    ),
    Trade(
        names=(
            "Fold Neighbours",
            "Row Neighbours",
            "Stair and Garden",
            "Close by Close",
            "Hilltop Neighbours",
        ),
        about="Neighbours who come by, and a safe door.",
        codes=("108-07-04", "108-07-06", "101-06-01"),
    ),
)

REGIONAL = (
    ("Five Towns Car Scheme", "Drivers across West Yorkshire.", ("105-02-01", "105-01-01")),
    ("Ridings Listening Line", "A telephone and chat line, day and night.", ("108-07-02", "108-07-10")),
    ("Camera Off", "Support online, under whatever name you like.", ("108-07-10", "108-07-07", "108-07-09")),
    ("Ridings Advocates", "Advocates and lawyers for parents.", ("111-01", "106-04-05")),
    ("Common Cover", "A fund for the price of health.", ("106-05-03", "106-05-06", "106-05-04", "107-02")),
    ("Childcare Circle", "Finds and pays for childcare.", ("108-03-03-02", "108-03-03-04")),
    ("Rights after Six", "Advice about work, in the evenings.", ("110-05", "111-01")),
    ("Interpreters in the Room", "Interpreters and English, online.", ("111-05", "109-03-03")),
    ("Kind Hour", "Counsellors and clinicians by video.", ("108-07-01", "106-04-08", "106-06-04-04")),
    ("The Lit Window", "Day and night, for whoever is not safe.", ("101-06-01", "101-02", "108-07-02")),
    (
        "Plain Guides",
        "Guides through the system, by phone.",
        ("108-05", "108-05-01", "109-06-02", "108-07-06"),
    ),
)
