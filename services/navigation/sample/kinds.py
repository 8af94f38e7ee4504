"""The kinds of service in the sample, in the words that a directory would use for them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of service by its Open Eligibility code; each place gives it one of the names."""

    code: str
    term: str
    names: tuple[str, ...]
    description: str
    how: str
    minimum_age: int | None = 18
    remote: bool = False
    price: int = 0


KINDS = (
    Kind(
        code="101-02",
        term="Emergency Cash",
        names=("Tide-over Fund", "Small Grants Table", "Week's End Fund"),
        description=(
            "A small grant within two days when the money has run out. One short form, which we fill"
            " in together; nobody asks you to prove that you tried elsewhere first."
        ),
        how="Call or come by; somebody you know may call for you.",
    ),
    Kind(
        code="101-06-01",
        term="Help Escape Violence",
        names=("Safe Door", "Quiet Exit Team", "Lantern House Line"),
        description=(
            "Somebody who listens, believes you and goes at your pace, whether you want to leave, to"
            " stay or only to think aloud. We never call back on a number that you did not call safe."
        ),
        how="Call at any hour. You need not give a name.",
        minimum_age=16,
        remote=True,
    ),
    Kind(
        code="105-01-01",
        term="Bus Passes",
        names=("Travel Cards", "Day Tickets Desk", "Fares for Appointments"),
        description="Day tickets and month passes for people who travel to treatment, a group or a course.",
        how="Bring a letter or message about one appointment; a photo of it is enough.",
    ),
    Kind(
        code="105-02-01",
        term="Transportation for Healthcare",
        names=("Lifts to Appointments", "Volunteer Drivers", "Door-to-Door Car"),
        description=(
            "A volunteer drives you to an appointment, waits if you like, and drives you home. The"
            " driver does not need to know what the appointment is for. Children can come along; we"
            " have seats."
        ),
        how="Ask two working days ahead; for the same week, ring and we try.",
        minimum_age=None,
    ),
    Kind(
        code="106-04-05",
        term="Parenting Education",
        names=("Parents' Table", "Mondays with Tea", "Time to Parent"),
        description=(
            "Parents talk with parents about hard days, sleep and school. Run apart from any"
            " authority: what is said at the table is not passed on, and we explain beforehand what"
            " the one exception is."
        ),
        how="Come to any evening, or talk to Ines first.",
    ),
    Kind(
        code="106-04-08",
        term="Understand Mental Health",
        names=("Plain Words about Moods", "What Helps Evenings", "Head and Heart Course"),
        description=(
            "Four evenings about what anxiety, low mood and drinking do, and what has helped others."
            " Nobody has to say anything about themselves."
        ),
        how="Sign up by text; the first evening is also for looking only.",
        minimum_age=16,
    ),
    Kind(
        code="106-05-03",
        term="Discounted Healthcare",
        names=("Fair Fees Clinic", "Pay-what-you-can Clinic", "Open Practice"),
        description="Doctors, a dentist and a counsellor at a fee that you name yourself; it may be nothing.",
        how="Call for an appointment. There is no form about your income.",
        minimum_age=None,
    ),
    Kind(
        code="106-05-04",
        term="Health Insurance",
        names=("Cover and Claims Help", "Health Costs Advice"),
        description="We find out which health costs you do not have to pay, and write the letters with you.",
        how="Book half an hour; bring the last bill if you have it.",
    ),
    Kind(
        code="106-05-06",
        term="Prescription Assistance",
        names=("Prescription Help", "Medicine Fund"),
        description="Help with the price of prescriptions, and with the certificate that makes them cheaper.",
        how="Ask at the counter or send a photo of the prescription.",
        minimum_age=None,
    ),
    Kind(
        code="106-06-04-04",
        term="Mental Health Evaluation",
        names=("A First Look", "Unhurried Assessment", "Where Things Stand"),
        description=(
            "Ninety minutes with a clinician about how you are. Nothing is started without you; you"
            " keep the only copy of what is written, and you can bring somebody."
        ),
        how="You or somebody you trust books by phone.",
        price=25,
    ),
    Kind(
        code="107-02",
        term="Financial Assistance",
        names=("Rent and Bills Fund", "Getting Through the Month", "Room to Breathe"),
        description="Help with rent, energy and debts: a grant or a plan, whichever there is.",
        how="Call in the morning; we ring back the same day at a time that you choose.",
    ),
    Kind(
        code="108-03-03-02",
        term="Help Find Childcare",
        names=("Childcare Finders", "Who Has My Child?", "Places for Little Ones"),
        description=(
            "We find a childminder or nursery with a free place at the hours that you need, and ring"
            " them for you. Emergency sitters for single appointments as well."
        ),
        how="Call or write; an answer by the next working day.",
    ),
    Kind(
        code="108-03-03-04",
        term="Help Pay for Childcare",
        names=("Sitter Vouchers", "Creche Fund", "Childcare Costs Help"),
        description="We pay the sitter while you are at an appointment, and help to claim what you are owed.",
        how="One short form; the answer comes within three days.",
    ),
    Kind(
        code="108-05",
        term="Navigating the System",
        names=("Where Do I Start?", "Guides", "First Steps Desk"),
        description=(
            "Tell us what is going on in your own words. We find out who does what, ring ahead, and"
            " go with you the first time if you like."
        ),
        how="Drop in, or ask for a walk and a talk.",
        minimum_age=None,
    ),
    Kind(
        code="108-05-01",
        term="Help Fill out Forms",
        names=("Forms Together", "Paperwork Afternoon", "Form Club"),
        description=(
            "Bring the letter or a photo of it. We read it with you, say what it means in plain"
            " words, and fill it in while you decide."
        ),
        how="No appointment needed; online by video on request.",
        minimum_age=None,
        remote=True,
    ),
    Kind(
        code="108-07-01",
        term="Counseling",
        names=("Talking Room", "One Hour, One Person", "Listening Practice"),
        description="Talking with a trained counsellor, six meetings or one. You say what we talk about.",
        how="Ask for a first meeting; you may change the counsellor without giving a reason.",
        minimum_age=16,
        remote=True,
        price=12,
    ),
    Kind(
        code="108-07-02",
        term="Help Hotlines",
        names=("Night Ear", "Listening Line"),
        description="Somebody answers. You need not say who you are, and we write nothing down.",
        how="Call or chat; no registration.",
        minimum_age=None,
        remote=True,
    ),
    Kind(
        code="108-07-04",
        term="In-Home Support",
        names=("At Your Table", "Home Visitors", "Hands at Home"),
        description=(
            "A helper comes to your home for an hour or two when everything is too much: letters,"
            " dishes, a phone call that has been waiting."
        ),
        how="You, a neighbour or your nurse can ask.",
    ),
    Kind(
        code="108-07-06",
        term="One-on-One Support",
        names=("Alongside", "A Person of Your Own", "Walking Partner"),
        description=(
            "One and the same person for half a year: rings when agreed, comes along, keeps the thread."
        ),
        how="Meet for a coffee first; both of you say yes or no.",
    ),
    Kind(
        code="108-07-07",
        term="Peer Support",
        names=("Been There", "Side by Side", "Peers' Room"),
        description=(
            "People who have been through it themselves. Come once and see; nobody keeps a list, and"
            " one visit is enough to say it is not for you."
        ),
        how="Come as you are, also in the evening; the first time somebody meets you at the door.",
    ),
    Kind(
        code="108-07-09",
        term="Support Groups",
        names=("Thursday Circle", "Small Group", "The Long Table"),
        description="A small group that meets every week, with one rule: you may pass.",
        how="Ring first, so that we can tell you who is there.",
    ),
    Kind(
        code="108-07-10",
        term="Virtual Support",
        names=("Camera-off Group", "Support from Your Sofa"),
        description="Groups and single talks online. A nickname is enough and the camera can stay off.",
        how="You get a link by message; we help with the first call.",
        remote=True,
    ),
    Kind(
        code="109-03-03",
        term="English as a Second Language (ESL)",
        names=("English at the Table", "Everyday English", "Talk English"),
        description=(
            "Small English classes with a creche, about what comes up: the doctor, school, the landlord."
        ),
        how="Start in any week.",
        minimum_age=16,
    ),
    Kind(
        code="109-06-02",
        term="Computer Class",
        names=("Phones and Forms", "Links Made Easy", "Digital Kitchen"),
        description=(
            "We practise on your own phone: video calls, links, passwords. As slowly as you like. We"
            " lend tablets and data cards for appointments."
        ),
        how="Drop in, or we ring you and go through it by phone.",
        minimum_age=None,
    ),
    Kind(
        code="110-05",
        term="Workplace Rights",
        names=("Time Off, Rightly", "Rights at Work Desk"),
        description=(
            "What your employer must allow for appointments, and how to ask for it without saying why."
        ),
        how="Evening calls on Tuesdays and Thursdays; a letter within two days.",
        remote=True,
    ),
    Kind(
        code="111-01",
        term="Advocacy & Legal Aid",
        names=("Advocates", "Legal First Aid", "A Voice Beside You"),
        description=(
            "An advocate who is on your side alone, explains what social services may and may not do,"
            " and sits beside you in meetings. Independent of every authority."
        ),
        how="Call; a first talk within the week, sooner when there is a date.",
    ),
    Kind(
        code="111-05",
        term="Translation & Interpretation",
        names=("Interpreters by Your Side", "Two Languages", "Word for Word"),
        description=(
            "Trained interpreters, in the room or on the phone, also from outside your own community"
            " if you prefer that. What you say stays with you."
        ),
        how="You or the service can book, best three days ahead.",
        minimum_age=None,
        remote=True,
    ),
)

BY_CODE = {kind.code: kind for kind in KINDS}
