"""The invented clients of the demo: who they are, and what each of them says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

CONSENT: Mapping[str, object] = {
    "discloser": "Harbour Street Outreach",
    "any_matched_service": True,
    "recipient_class": "services that I am matched with for the help I asked for",
    "intermediary": "Harbour Street Outreach",
    "information": "My name, how to reach me, what kind of help I need and when I have time",
    "scopes": ["name_and_contact", "need", "availability"],
    "purposes": ["care_coordination"],
    "given_how": "signed_on_paper",
    "explained": ["how_to_revoke", "may_be_passed_on", "what_if_not_signed"],
}

WEEKDAYS = [{"weekday": day, "opens": "09:00", "closes": "18:00"} for day in range(1, 6)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A client as intake registers them, and what they say in the first conversation."""

    name: str
    about: str
    """One line for whoever watches."""
    details: Mapping[str, object]
    rulers: Mapping[str, int]
    barrier: Mapping[str, object]
    goal: str
    consents: bool = True

    @property
    def registration(self) -> dict[str, object]:
        """The body of POST /clients."""
        common = {"full_name": self.name, "time_zone": "Europe/London", "messages_wanted": True}
        return common | dict(self.details)

    @property
    def mobile(self) -> str:
        """The number that they write from."""
        channels = self.details["channels"]
        assert isinstance(channels, list)
        return str(channels[0]["address"])


def _mobile(number: str, windows: Sequence[Mapping[str, object]] = ()) -> list[dict[str, object]]:
    return [{"kind": "sms", "address": number, "safe": True, "preferred": True, "windows": list(windows)}]


AMINA = Person(
    name="Amina Diallo",
    about="works days, wants to be awake for breakfast with her daughter; go ahead",
    details={
        "postcode": "LS1 4AP",
        "born_on": "1991-03-14",
        "available": WEEKDAYS,
        "caring_duties": True,
        "channels": _mobile("+447700900101"),
    },
    rulers={"importance": 8, "confidence": 5, "readiness": 6},
    goal="I want to be awake for breakfast with my daughter.",
    barrier={
        "words": "The last bus is gone by the time I finish work.",
        "category": "transport",
        "strength": 2,
        "own_idea": "my neighbour drives me, she goes that way on Thursdays",
        "wish": "go_ahead",
    },
)
TOMASZ = Person(
    name="Tomasz Zielinski",
    about="between jobs, can only use what is free; go ahead",
    details={
        "postcode": "LS6 2QT",
        "born_on": "1978-09-02",
        "available": WEEKDAYS,
        "free_only": True,
        "channels": _mobile("+447700900102"),
    },
    rulers={"importance": 7, "confidence": 4},
    goal="I want to stop owing people.",
    barrier={
        "words": "Every appointment costs money that I do not have.",
        "category": "cost.care",
        "strength": 3,
        "wish": "go_ahead",
    },
)
GRACE = Person(
    name="Grace Okoro",
    about="two small children, wants to be asked first; her phone is safe on weekday afternoons only",
    details={
        "postcode": "BD1 1HY",
        "born_on": "1996-06-21",
        "available": WEEKDAYS,
        "caring_duties": True,
        "pace": "brisk",
        "channels": _mobile(
            "+447700900103", [{"weekday": day, "opens": "13:00", "closes": "16:00"} for day in range(1, 6)]
        ),
    },
    rulers={"importance": 6, "confidence": 6},
    goal="I want to finish my course.",
    barrier={
        "words": "Nobody can take the little ones while I am there.",
        "category": "childcare",
        "strength": 2,
        "own_idea": "my sister takes them on Wednesdays",
        "wish": "ask_me_first",
    },
)
LEON = Person(
    name="Leon Brandt",
    about="afraid of losing his boys; a person comes first, whatever he ticks",
    details={"postcode": "HX1 5ER", "born_on": "1985-01-30", "channels": _mobile("+447700900104")},
    rulers={"importance": 9, "confidence": 3},
    goal="My boys stay with me.",
    barrier={
        "words": "If I ask for help they will take my boys.",
        "category": "fear.custody_parenting",
        "strength": 3,
        "wish": "go_ahead",
    },
)
SAM = Person(
    name="Sam Whitlock",
    about="not sure any of this is for them; wants to be heard and nothing more",
    details={"postcode": "HD1 2TA", "born_on": "2001-11-08", "channels": _mobile("+447700900105")},
    rulers={"importance": 2, "confidence": 5},
    goal="I want some peace.",
    consents=False,
    barrier={
        "words": "Talking has never changed anything.",
        "category": "doubt.helpfulness",
        "strength": 2,
        "wish": "just_listen",
    },
)
RUTH = Person(
    name="Ruth Adeyemi",
    about="it is not safe to write to her at the moment",
    details={
        "postcode": "WF1 3QX",
        "born_on": "1969-04-17",
        "contact_prohibited": True,
        "channels": _mobile("+447700900106"),
    },
    rulers={"importance": 6, "confidence": 5},
    goal="I want a door that I can lock.",
    barrier={
        "words": "I would not know where to begin.",
        "category": "unsure_where",
        "strength": 2,
        "wish": "ask_me_first",
    },
)
EVERYBODY: Sequence[Person] = (AMINA, TOMASZ, GRACE, LEON, SAM, RUTH)


@dataclass(slots=True)
class Cast:
    """Who is who once they are registered: names by client id, for whoever tells the story."""

    names: dict[str, str] = field(default_factory=dict)

    def name(self, client_id: object) -> str:
        """The first name of a client."""
        return self.names.get(str(client_id), "somebody")
