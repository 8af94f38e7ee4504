"""The fixed terms in words for people: plain, warm, and fit for the client to read."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from contracts.terms import (
    BarrierCategory,
    BarrierStatus,
    BusinessStatus,
    ChangedBy,
    ChannelKind,
    CoordinationPurpose,
    InformationScope,
    MessageKind,
    Pace,
    PlanStatus,
    ReasonCode,
    ReferralStatus,
    Setting,
    StepStatus,
    Strength,
    Talk,
    TaskStatus,
    Wish,
    WithheldReason,
)
from services.desk.policy.wording.times import MONTHS

CATEGORIES: Mapping[BarrierCategory, str] = {
    BarrierCategory.STIGMA_SOCIAL: "what others might think",
    BarrierCategory.STIGMA_SELF: "feeling ashamed of needing help",
    BarrierCategory.PRIVACY_RECORDS: "who would see what is written down",
    BarrierCategory.FEAR_CUSTODY_PARENTING: "what it could mean for the children",
    BarrierCategory.FEAR_COERCION_TREATMENT: "being pushed into something",
    BarrierCategory.BAD_EXPERIENCE: "what happened last time",
    BarrierCategory.DOUBT_HELPFULNESS: "doubt that it would help",
    BarrierCategory.SELF_RELIANCE: "wanting to work it out alone",
    BarrierCategory.UNSURE_WHERE: "knowing where to go",
    BarrierCategory.COST_CARE: "what the care would cost",
    BarrierCategory.COST_GENERAL: "money running short",
    BarrierCategory.TRANSPORT: "getting there",
    BarrierCategory.CHILDCARE: "somebody to look after the children",
    BarrierCategory.WORK_SCHEDULE: "finding the time beside work",
    BarrierCategory.LANGUAGE_CULTURE: "being understood, in language and culture",
    BarrierCategory.AVAILABILITY: "nothing free for a long time",
    BarrierCategory.HEALTH_LITERACY_DIGITAL: "forms, links and medical words",
    BarrierCategory.TOO_UNWELL: "being too unwell to reach out",
    BarrierCategory.SAFETY: "being safe",
    BarrierCategory.OTHER: "something of its own",
}
"""What stands in the way, as the playbook names it."""

STRENGTHS: Mapping[Strength, str] = {
    Strength.NOT_AT_ALL: "not at all",
    Strength.A_LITTLE: "a little",
    Strength.QUITE_A_LOT: "quite a lot",
    Strength.A_LOT: "a lot",
}

WISHES: Mapping[Wish, str] = {
    Wish.GO_AHEAD: "go ahead and look for help",
    Wish.ASK_ME_FIRST: "ask them first",
    Wish.JUST_LISTEN: "just listen",
}
"""What they want us to do, after "they want us to"."""

BARRIER_STANDS: Mapping[BarrierStatus, tuple[str, str]] = {
    BarrierStatus.STATED: ("Just said", "new"),
    BarrierStatus.ACKNOWLEDGED: ("Heard", "waiting"),
    BarrierStatus.PLANNED: ("There is a plan", "waiting"),
    BarrierStatus.EASED: ("Easier now", "done"),
    BarrierStatus.PERSISTING: ("Still in the way", "careful"),
    BarrierStatus.WITHDRAWN: ("Taken back", "stopped"),
}
"""Words and the kind of tag."""

PLAN_STANDS: Mapping[PlanStatus, tuple[str, str]] = {
    PlanStatus.DRAFTED: ("An offer to look at", "new"),
    PlanStatus.AGREED: ("Agreed", "done"),
    PlanStatus.REHEARSED: ("Agreed and gone through once", "done"),
    PlanStatus.TRIGGERED: ("Its moment came", "waiting"),
    PlanStatus.HELPED: ("It helped", "done"),
    PlanStatus.DID_NOT_HELP: ("Did not help this time", "careful"),
    PlanStatus.REVISED: ("Changed, to be agreed", "new"),
}

STEP_STANDS: Mapping[StepStatus, tuple[str, str]] = {
    StepStatus.OFFERED: ("An offer to look at", "new"),
    StepStatus.AGREED: ("Agreed", "done"),
    StepStatus.PAUSED: ("Resting for now", "waiting"),
    StepStatus.DONE: ("Kept", "done"),
    StepStatus.NOT_THIS_TIME: ("Not this time", "careful"),
}

TASK_STANDS: Mapping[TaskStatus, tuple[str, str]] = {
    TaskStatus.OPEN: ("Nobody has it yet", "new"),
    TaskStatus.CLAIMED: ("Somebody has it", "waiting"),
    TaskStatus.IN_PROGRESS: ("Begun", "waiting"),
    TaskStatus.DONE: ("Done", "done"),
    TaskStatus.COULD_NOT: ("Could not be done this time", "careful"),
    TaskStatus.SUPERSEDED: ("Answered elsewhere", "stopped"),
    TaskStatus.CANCELLED: ("Taken off the list", "stopped"),
}

REFERRAL_STANDS: Mapping[ReferralStatus, tuple[str, str]] = {
    ReferralStatus.DRAFT: ("Prepared, nobody was asked", "new"),
    ReferralStatus.REQUESTED: ("Asked", "waiting"),
    ReferralStatus.ACCEPTED: ("They said yes", "waiting"),
    ReferralStatus.REJECTED: ("They cannot help", "stopped"),
    ReferralStatus.IN_PROGRESS: ("They are at work on it", "waiting"),
    ReferralStatus.ON_HOLD: ("It has to wait", "careful"),
    ReferralStatus.COMPLETED: ("Help was given, they say", "done"),
    ReferralStatus.FAILED: ("It did not come to help", "stopped"),
    ReferralStatus.CANCELLED: ("Stopped", "stopped"),
    ReferralStatus.ENTERED_IN_ERROR: ("Written down by mistake", "stopped"),
}

MEETINGS: Mapping[BusinessStatus, str] = {
    BusinessStatus.SCHEDULED: "A meeting is arranged",
    BusinessStatus.UNATTENDED: "The meeting did not take place",
    BusinessStatus.EVENT_CANCELLED: "The meeting was called off",
    BusinessStatus.EVENT_COMPLETED: "They have met",
}

REASONS: Mapping[ReasonCode, str] = {
    ReasonCode.NO_CAPACITY: "they have no room",
    ReasonCode.NOT_ELIGIBLE: "it is not for this situation",
    ReasonCode.WRONG_SERVICE: "it is not the right service",
    ReasonCode.CANNOT_REACH: "they could not make contact",
    ReasonCode.CLIENT_DECLINED: "they would rather not",
    ReasonCode.CONSENT_REVOKED: "the consent was taken back",
    ReasonCode.BARRIER_WITHDRAWN: "it no longer stands in the way",
    ReasonCode.REFERRED_ELSEWHERE: "somebody else is helping",
    ReasonCode.SUPERSEDED: "another one took its place",
    ReasonCode.UNANSWERED: "no answer came",
    ReasonCode.OTHER: "another reason",
}

CHANNELS: Mapping[ChannelKind, str] = {
    ChannelKind.SMS: "text message",
    ChannelKind.EMAIL: "e-mail",
    ChannelKind.PHONE: "telephone",
    ChannelKind.POST: "post",
}

MESSAGES: Mapping[MessageKind, str] = {
    MessageKind.APPOINTMENT_REMINDER: "A reminder of an appointment",
    MessageKind.CHECK_IN: "A message to ask how it goes",
    MessageKind.GOT_WHAT_YOU_NEEDED: 'The question "did you get what you needed?"',
    MessageKind.PLAN_CUE: "A reminder of their own plan",
    MessageKind.AFTER_SETBACK: "A kind word after something did not work out",
    MessageKind.SMALL_WIN: "A word on something that went well",
}

WITHHELD: Mapping[WithheldReason, str] = {
    WithheldReason.NO_CONSENT: "They have not said that they want messages.",
    WithheldReason.STOPPED_BY_CLIENT: "They said that they want no more messages.",
    WithheldReason.NO_SAFE_CHANNEL: "There is no way to write that they said is safe.",
    WithheldReason.UNSAFE_NOW: "It is not safe for them at this time.",
    WithheldReason.QUIET_HOURS: "It is the quiet part of their day.",
    WithheldReason.RATE_CAP: "They have had enough messages for now.",
    WithheldReason.NO_LONGER_RELEVANT: "It is no longer needed.",
    WithheldReason.TOO_LATE: "The time for it had passed.",
    WithheldReason.NOT_DELIVERED: "It could not be delivered.",
    WithheldReason.DETAILS_NOT_KNOWN_YET: "Something it is to say was not known yet.",
}

SCOPES: Mapping[InformationScope, str] = {
    InformationScope.NAME_AND_CONTACT: "their name and how to reach them",
    InformationScope.NEED: "what kind of help they are looking for",
    InformationScope.OWN_WORDS: "what they said, in their own words",
    InformationScope.AVAILABILITY: "when they have time",
    InformationScope.ACCESS_NEEDS: "what they need to be able to take part",
}

PURPOSES: Mapping[CoordinationPurpose, str] = {
    CoordinationPurpose.CARE_COORDINATION: "to arrange help",
    CoordinationPurpose.TREATMENT: "for treatment",
    CoordinationPurpose.PAYMENT: "for payment",
}

PACES: Mapping[Pace, str] = {
    Pace.SLOW: "At a slow pace",
    Pace.STEADY: "At a steady pace",
    Pace.BRISK: "At a brisk pace",
}

SETTINGS: Mapping[Setting, str] = {
    Setting.IN_PERSON: "Would like to meet in person",
    Setting.REMOTE: "Would like to meet by telephone or video",
    Setting.EITHER: "In person or by telephone, both are fine",
}

WHOSE: Mapping[ChangedBy, str] = {
    ChangedBy.CLIENT: "their own decision",
    ChangedBy.STAFF: "a colleague",
    ChangedBy.PARTNER: "the service",
    ChangedBy.FOOTHOLD: "Foothold by itself",
}

TALK: Mapping[Talk, str] = {
    Talk.DESIRE: "wanting it",
    Talk.ABILITY: "being able to",
    Talk.REASONS: "a reason for it",
    Talk.NEED: "needing it",
    Talk.COMMITMENT: "a promise to themselves",
    Talk.ACTIVATION: "being ready to",
    Talk.TAKING_STEPS: "a step they took",
    Talk.SUSTAIN: "what speaks for staying the same",
}
"""How staff heard something; a tag on words, never a score of anybody."""

CHECKS: Mapping[str, str] = {
    "status": "Open",
    "capacity": "Has room",
    "language": "Speaks their language",
    "cost": "Cost",
    "age": "Age",
    "setting": "Where it takes place",
    "availability": "When they have time",
    "accessibility": "Access",
    "excluded": "Their own choice",
    "area": "Near enough",
    "tried": "Not asked before",
}
"""What was looked at, by the name of the check; any other is shown by its own name."""


LANGUAGES: Mapping[str, str] = {
    "am": "Amharic",
    "ar": "Arabic",
    "bn": "Bengali",
    "de": "German",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "gu": "Gujarati",
    "hi": "Hindi",
    "it": "Italian",
    "ku": "Kurdish",
    "pa": "Punjabi",
    "pl": "Polish",
    "prs": "Dari",
    "ps": "Pashto",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "so": "Somali",
    "ta": "Tamil",
    "ti": "Tigrinya",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "ur": "Urdu",
    "vi": "Vietnamese",
    "zh": "Chinese",
}


def language(tag: str) -> str:
    """A language by its English name; one that is not listed by its tag."""
    return LANGUAGES.get(tag.partition("-")[0].lower(), tag)


def check_words(name: str) -> str:
    """What a check looked at."""
    return CHECKS.get(name, name.replace("_", " ").capitalize())


def listed(parts: list[str]) -> str:
    """Several things in one sentence: "a, b and c"."""
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""


def on_day(day: date) -> str:
    """A day of the calendar: 26 November."""
    return f"{day.day} {MONTHS[day.month - 1]}"
