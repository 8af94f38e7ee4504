"""The invented people of the sample: who they are, what they say, and what comes of it in three weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from deploy.local.demo.people import WEEKDAYS

EVENINGS = [{"weekday": day, "opens": "18:00", "closes": "20:00"} for day in range(1, 6)]


class Course(StrEnum):
    """What comes of it."""

    HELPED = "helped"
    MEETING_AHEAD = "meeting_ahead"
    SILENCE = "silence"
    FULL = "full"
    MISSED = "missed"
    TALKING = "talking"
    PLANNING = "planning"
    WRITING_BACK = "writing_back"
    CHANGED_MIND = "changed_mind"
    JUST_COME = "just_come"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guest:
    """One invented client."""

    name: str
    day: int
    """On which of the 21 days they first come."""
    course: Course
    words: str
    category: str
    strength: int = 2
    wish: str = "go_ahead"
    own_idea: str | None = None
    goal: str
    rulers: Mapping[str, int]
    also: Sequence[tuple[str, str]] = ()
    """What else stands in the way: words and category, just to be heard."""
    details: Mapping[str, object]

    def registration(self, number: int) -> dict[str, object]:
        """The body of POST /clients; everybody has a number of their own from those kept for stories."""
        reached = {"kind": "sms", "address": f"+4477009002{number:02d}", "safe": True, "preferred": True}
        common: dict[str, object] = {
            "full_name": self.name,
            "time_zone": "Europe/London",
            "messages_wanted": True,
            "channels": [reached],
            "available": WEEKDAYS,
        }
        return common | dict(self.details)

    @property
    def barrier(self) -> dict[str, object]:
        """The body of POST /clients/{id}/barriers."""
        idea = {"own_idea": self.own_idea} if self.own_idea else {}
        said = {"words": self.words, "category": self.category, "strength": self.strength, "wish": self.wish}
        return said | idea


GUESTS: Sequence[Guest] = (
    Guest(
        name="Amina Diallo",
        day=0,
        course=Course.HELPED,
        words="The last bus is gone by the time I finish work.",
        category="transport",
        own_idea="my neighbour drives me, she goes that way on Thursdays",
        goal="I want to be awake for breakfast with my daughter.",
        rulers={"importance": 8, "confidence": 5, "readiness": 6},
        details={"postcode": "LS1 4AP", "born_on": "1991-03-14", "caring_duties": True},
    ),
    Guest(
        name="Tomasz Zieliński",
        day=1,
        course=Course.MISSED,
        words="Every appointment costs money that I do not have.",
        category="cost.care",
        strength=3,
        goal="I want to stop owing people.",
        rulers={"importance": 7, "confidence": 4},
        details={"postcode": "LS6 2QT", "born_on": "1978-09-02", "free_only": True},
    ),
    Guest(
        name="Grace Okoro",
        day=2,
        course=Course.PLANNING,
        words="There is nobody to be with the little ones.",
        category="childcare",
        wish="ask_me_first",
        own_idea="my sister could come on Wednesdays if I ask her early",
        goal="I want to finish my course.",
        rulers={"importance": 6, "confidence": 6},
        details={"postcode": "BD1 1HY", "born_on": "1996-06-21", "caring_duties": True, "pace": "brisk"},
    ),
    Guest(
        name="Ruth Abernathy",
        day=2,
        course=Course.TALKING,
        words="My mother would never speak to me again if she knew.",
        category="stigma.social",
        wish="just_listen",
        goal="I want my evenings back.",
        rulers={"importance": 3, "confidence": 2},
        details={"postcode": "HX1 1UN", "pace": "slow"},
    ),
    Guest(
        name="Leon Baptiste",
        day=3,
        course=Course.SILENCE,
        words="They change my shifts the night before.",
        category="work_schedule",
        goal="Being there when my son plays on Saturdays.",
        rulers={"importance": 9, "confidence": 6, "readiness": 7},
        details={"postcode": "LS9 7TF", "born_on": "1985-12-01", "available": EVENINGS},
    ),
    Guest(
        name="Fatima al-Zahra Hassan",
        day=3,
        course=Course.MEETING_AHEAD,
        words="I understand half of it, and then I nod.",
        category="language_culture",
        goal="I want to explain it myself, without my son.",
        rulers={"importance": 8, "confidence": 3, "readiness": 5},
        details={"postcode": "BD8 7NA", "born_on": "1969-05-30", "language": "ar"},
    ),
    Guest(
        name="Dafydd Llewellyn",
        day=4,
        course=Course.FULL,
        words="I was told four months. In four months I am somebody else.",
        category="availability",
        strength=3,
        goal="Sleeping through, once.",
        rulers={"importance": 9, "confidence": 4, "readiness": 8},
        details={"postcode": "LS2 9JT", "born_on": "1990-01-19"},
    ),
    Guest(
        name="Siobhán Ní Bhriain",
        day=4,
        course=Course.WRITING_BACK,
        words="Last time they talked about me as if I was not in the room.",
        category="bad_experience",
        wish="ask_me_first",
        own_idea="somebody comes in with me the first time",
        goal="To be asked, and not told.",
        rulers={"importance": 6, "confidence": 3},
        details={"postcode": "WF1 2AP", "born_on": "1973-11-08", "pace": "slow"},
    ),
    Guest(
        name="نور الخطيب",
        day=5,
        course=Course.PLANNING,
        words="If I say it out loud they may take the children.",
        category="fear.custody_parenting",
        strength=3,
        wish="ask_me_first",
        goal="That the children stay with me and I am well.",
        rulers={"importance": 7, "confidence": 2},
        details={"postcode": "LS8 5DR", "born_on": "1993-08-17", "language": "ar", "caring_duties": True},
    ),
    Guest(
        name="Kwabena Mensah",
        day=6,
        course=Course.HELPED,
        words="I do not know which door to knock on.",
        category="unsure_where",
        goal="I want to work nights again without shaking.",
        rulers={"importance": 7, "confidence": 7, "readiness": 7},
        details={"postcode": "LS11 6PG", "born_on": "1988-02-25"},
    ),
    Guest(
        name="Ingrid Solheim-Wainwright",
        day=7,
        course=Course.CHANGED_MIND,
        words="I have always sorted myself out.",
        category="self_reliance",
        strength=1,
        wish="just_listen",
        goal="Not needing anybody for it.",
        rulers={"importance": 4, "confidence": 7},
        details={"postcode": "HG1 5LA", "born_on": "1959-04-11"},
    ),
    Guest(
        name="Nguyễn Thị Minh Khai",
        day=7,
        course=Course.MEETING_AHEAD,
        words="The forms are all on a website and my phone is old.",
        category="health_literacy_digital",
        goal="Doing it without my granddaughter.",
        rulers={"importance": 6, "confidence": 4},
        details={"postcode": "LS7 3PD", "born_on": "1951-10-03", "language": "vi"},
    ),
    Guest(
        name="Callum Fraser",
        day=8,
        course=Course.TALKING,
        words="What would talking do.",
        category="doubt.helpfulness",
        wish="just_listen",
        goal="Getting my licence back.",
        rulers={"importance": 3, "confidence": 5},
        details={"postcode": "LS12 1BE", "born_on": "1999-07-07"},
    ),
    Guest(
        name="Marguerite Delacroix",
        day=9,
        course=Course.SILENCE,
        words="Some days I cannot even pick up the telephone.",
        category="too_unwell",
        strength=3,
        goal="My garden in spring.",
        rulers={"importance": 8, "confidence": 2},
        details={"postcode": "LS16 5AE", "born_on": "1964-03-03", "setting": "remote"},
    ),
    Guest(
        name="Jasper Oyelaran",
        day=10,
        course=Course.PLANNING,
        words="It stays in the records, and I am training to be a nurse.",
        category="privacy.records",
        wish="ask_me_first",
        own_idea="I ask what is written down before I say anything",
        goal="My pin number, in June.",
        rulers={"importance": 7, "confidence": 5},
        details={"postcode": "LS3 1HE", "born_on": "2001-12-12"},
    ),
    Guest(
        name="Beatriz Carvalho",
        day=10,
        course=Course.HELPED,
        words="When the rent is paid there is nothing left.",
        category="cost.general",
        goal="One month without counting.",
        rulers={"importance": 8, "confidence": 5},
        details={"postcode": "BD3 9QX", "born_on": "1982-06-06", "free_only": True, "caring_duties": True},
    ),
    Guest(
        name="Peter Hollingsworth",
        day=11,
        course=Course.WRITING_BACK,
        words="They hold you there. My brother signed one paper and was gone for weeks.",
        category="fear.coercion_treatment",
        wish="ask_me_first",
        goal="Deciding for myself.",
        rulers={"importance": 5, "confidence": 3},
        details={"postcode": "WF10 1NX", "born_on": "1970-01-30", "pace": "slow"},
    ),
    Guest(
        name="Saoirse Quinn",
        day=12,
        course=Course.MISSED,
        words="Two buses and then the hill, with my knee.",
        category="transport",
        goal="Choir on Tuesdays.",
        rulers={"importance": 6, "confidence": 6},
        details={"postcode": "HX3 6AB", "born_on": "1957-09-09", "access_needs": ["step_free"]},
    ),
    Guest(
        name="Mohammed Rahman",
        day=13,
        course=Course.FULL,
        words="I am ashamed that it is me who needs it.",
        category="stigma.self",
        goal="Being somebody my boys can come to.",
        rulers={"importance": 7, "confidence": 4, "readiness": 5},
        details={"postcode": "BD5 0DX", "born_on": "1981-11-27"},
    ),
    Guest(
        name="Eilidh MacKenzie-Ferreira",
        day=14,
        course=Course.MEETING_AHEAD,
        words="I start before they open and finish after they close.",
        category="work_schedule",
        goal="A whole weekend in the hills.",
        rulers={"importance": 8, "confidence": 6, "readiness": 7},
        details={"postcode": "LS4 2HB", "born_on": "1987-05-05", "available": EVENINGS},
    ),
    Guest(
        name="Oluwaseun Adeyemi",
        day=16,
        course=Course.TALKING,
        words="At church they would pray for me and tell everybody.",
        category="stigma.social",
        wish="just_listen",
        goal="Peace in the house.",
        rulers={"importance": 5, "confidence": 4},
        details={"postcode": "LS10 2AA", "born_on": "1976-08-21"},
    ),
    Guest(
        name="Wei-Ling Chow",
        day=18,
        course=Course.SILENCE,
        words="Nobody there looks like me, and I get tired of explaining.",
        category="language_culture",
        goal="Cooking for friends again.",
        rulers={"importance": 7, "confidence": 5},
        details={"postcode": "LS17 6LD", "born_on": "1994-02-02", "language": "zh"},
    ),
    Guest(
        name="Rosemary Tait",
        day=20,
        course=Course.JUST_COME,
        words="My ex waits outside on Fridays.",
        category="safety",
        strength=3,
        wish="ask_me_first",
        goal="To walk home without looking round.",
        rulers={"importance": 10, "confidence": 3},
        details={"postcode": "LS13 1HP", "born_on": "1989-10-10"},
    ),
    Guest(
        name="Xavier Lindqvist",
        day=20,
        course=Course.JUST_COME,
        words="The last train is at nine, and the group ends at nine.",
        category="transport",
        goal="A year, this time.",
        rulers={"importance": 9, "confidence": 7, "readiness": 8},
        also=(("My flat is cold, so I stay out.", "cost.general"),),
        details={"postcode": "LS5 3BT", "born_on": "1984-04-04"},
    ),
)
