"""The field's fixed terms: every enumeration that crosses a boundary.

A new member is a breaking change (readers match exhaustively), so it means a new major version of the
events that carry it. Grounding: Gravity SDOH Clinical Care (referral task statuses), BSeR (business
statuses), FHIR R4 (priorities), BACE-3, BTI and Levesque (barrier categories).
"""

from enum import IntEnum, StrEnum


class BarrierCategory(StrEnum):
    """What stands in the way, as staff coded it beside the client's own words."""

    STIGMA_SOCIAL = "stigma.social"
    STIGMA_SELF = "stigma.self"
    PRIVACY_RECORDS = "privacy.records"
    FEAR_CUSTODY_PARENTING = "fear.custody_parenting"
    FEAR_COERCION_TREATMENT = "fear.coercion_treatment"
    BAD_EXPERIENCE = "bad_experience"
    DOUBT_HELPFULNESS = "doubt.helpfulness"
    SELF_RELIANCE = "self_reliance"
    UNSURE_WHERE = "unsure_where"
    COST_CARE = "cost.care"
    COST_GENERAL = "cost.general"
    TRANSPORT = "transport"
    CHILDCARE = "childcare"
    WORK_SCHEDULE = "work_schedule"
    LANGUAGE_CULTURE = "language_culture"
    AVAILABILITY = "availability"
    HEALTH_LITERACY_DIGITAL = "health_literacy_digital"
    TOO_UNWELL = "too_unwell"
    SAFETY = "safety"
    OTHER = "other"


class Strength(IntEnum):
    """How much a barrier stands in the way, on BACE-3's scale."""

    NOT_AT_ALL = 0
    A_LITTLE = 1
    QUITE_A_LOT = 2
    A_LOT = 3


class Wish(StrEnum):
    """What the client wants done about a barrier. It can change at any time and is obeyed at once."""

    GO_AHEAD = "go_ahead"
    ASK_ME_FIRST = "ask_me_first"
    JUST_LISTEN = "just_listen"


class Talk(StrEnum):
    """How staff heard something that a client said: change talk of seven kinds (DARN-CAT), or sustain talk.

    These are tags on a client's words, as in MISC. They are not MITI codes, which rate the staff member.
    """

    DESIRE = "desire"
    ABILITY = "ability"
    REASONS = "reasons"
    NEED = "need"
    COMMITMENT = "commitment"
    ACTIVATION = "activation"
    TAKING_STEPS = "taking_steps"
    SUSTAIN = "sustain"


class RulerName(StrEnum):
    """One of the three scaling questions."""

    IMPORTANCE = "importance"
    CONFIDENCE = "confidence"
    READINESS = "readiness"


class Pace(StrEnum):
    """The pace the client chose; it sets due windows and how often we check in."""

    SLOW = "slow"
    STEADY = "steady"
    BRISK = "brisk"


class BarrierStatus(StrEnum):
    """Where a barrier is. Every status can be reopened; none means that a person did badly."""

    STATED = "stated"
    ACKNOWLEDGED = "acknowledged"
    PLANNED = "planned"
    EASED = "eased"
    PERSISTING = "persisting"
    WITHDRAWN = "withdrawn"


class TaskStatus(StrEnum):
    """Where a staff task is. Overdue and escalated are derived, never stored."""

    OPEN = "open"
    CLAIMED = "claimed"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    COULD_NOT = "could_not"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class TaskKind(StrEnum):
    """What a staff task asks for."""

    HAVE_CONVERSATION = "have_conversation"
    ASK_PERMISSION = "ask_permission"
    AGREE_PLAN = "agree_plan"
    OFFER_OPTIONS = "offer_options"
    FIND_HELP = "find_help"
    FOLLOW_UP_REFERRAL = "follow_up_referral"
    REVIEW_SETBACK = "review_setback"
    HEAR_REPLY = "hear_reply"
    PRACTICAL_STEP = "practical_step"


class Priority(StrEnum):
    """FHIR R4 request priority, lowest first."""

    ROUTINE = "routine"
    URGENT = "urgent"
    ASAP = "asap"
    STAT = "stat"


class PlanStatus(StrEnum):
    """Where an if-then plan is; it is the client's, so only they can make it agreed."""

    DRAFTED = "drafted"
    AGREED = "agreed"
    REHEARSED = "rehearsed"
    TRIGGERED = "triggered"
    HELPED = "helped"
    DID_NOT_HELP = "did_not_help"
    REVISED = "revised"


class StepStatus(StrEnum):
    """Where a small step is. The client agrees it, pauses it, changes it or lets it be; none is a verdict."""

    OFFERED = "offered"
    AGREED = "agreed"
    PAUSED = "paused"
    DONE = "done"
    NOT_THIS_TIME = "not_this_time"


class WinKind(StrEnum):
    """What went well and is noticed by itself."""

    STEP_KEPT = "step_kept"
    PLAN_HELPED = "plan_helped"
    GOT_HELP = "got_help"


class ReferralStatus(StrEnum):
    """Gravity SDOH-CC Task status. `unacknowledged` and `stalled` are derived, never stored."""

    DRAFT = "draft"
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    IN_PROGRESS = "in-progress"
    ON_HOLD = "on-hold"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    ENTERED_IN_ERROR = "entered-in-error"


class BusinessStatus(StrEnum):
    """BSeR Task.businessStatus, with its own codes."""

    CREATED = "2.0"
    ACCEPTED = "3.0"
    DECLINED = "4.0"
    SCHEDULED = "5.1.1"
    UNATTENDED = "5.1.2"
    EVENT_CANCELLED = "5.1.3"
    EVENT_COMPLETED = "5.1.4"
    CANCELLATION_REQUESTED = "5.2"
    FULFILMENT_CANCELLED = "6.0"
    COMPLETED = "7.0"


class ReasonCode(StrEnum):
    """Why a referral was declined, stopped or ended without help."""

    NO_CAPACITY = "no_capacity"
    NOT_ELIGIBLE = "not_eligible"
    WRONG_SERVICE = "wrong_service"
    CANNOT_REACH = "cannot_reach"
    CLIENT_DECLINED = "client_declined"
    CONSENT_REVOKED = "consent_revoked"
    BARRIER_WITHDRAWN = "barrier_withdrawn"
    REFERRED_ELSEWHERE = "referred_elsewhere"
    SUPERSEDED = "superseded"
    UNANSWERED = "unanswered"
    OTHER = "other"


class ClientConfirmed(StrEnum):
    """The client's own answer to "did you get what you needed?", apart from the partner's report."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Answer(StrEnum):
    """A matching check's answer; `unknown` means ask, and never silently counts as no."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class ChannelKind(StrEnum):
    """A way to reach a client. Only sms and email are written to automatically."""

    SMS = "sms"
    EMAIL = "email"
    PHONE = "phone"
    POST = "post"


class Setting(StrEnum):
    """Where a client would like to meet a service."""

    IN_PERSON = "in_person"
    REMOTE = "remote"
    EITHER = "either"


class CoordinationPurpose(StrEnum):
    """What a consent lets information be used for (42 CFR 2.31(a))."""

    CARE_COORDINATION = "care_coordination"
    TREATMENT = "treatment"
    PAYMENT = "payment"


class InformationScope(StrEnum):
    """What information a consent covers (42 CFR 2.31(a): "how much and what kind")."""

    NAME_AND_CONTACT = "name_and_contact"
    NEED = "need"
    OWN_WORDS = "own_words"
    AVAILABILITY = "availability"
    ACCESS_NEEDS = "access_needs"


class MessageKind(StrEnum):
    """Why a message is written to a client."""

    APPOINTMENT_REMINDER = "appointment_reminder"
    CHECK_IN = "check_in"
    GOT_WHAT_YOU_NEEDED = "got_what_you_needed"
    PLAN_CUE = "plan_cue"
    AFTER_SETBACK = "after_setback"
    SMALL_WIN = "small_win"


class WithheldReason(StrEnum):
    """Why a message was not sent, or not yet."""

    NO_CONSENT = "no_consent"
    STOPPED_BY_CLIENT = "stopped_by_client"
    NO_SAFE_CHANNEL = "no_safe_channel"
    UNSAFE_NOW = "unsafe_now"
    QUIET_HOURS = "quiet_hours"
    RATE_CAP = "rate_cap"
    NO_LONGER_RELEVANT = "no_longer_relevant"
    TOO_LATE = "too_late"
    NOT_DELIVERED = "not_delivered"
    DETAILS_NOT_KNOWN_YET = "details_not_known_yet"


class ReplyKind(StrEnum):
    """What a client's reply says; anything that is not one of the four words is free text."""

    YES = "yes"
    NO = "no"
    STOP = "stop"
    START = "start"
    FREE_TEXT = "free_text"


class ServiceFeature(StrEnum):
    """What a playbook rule may ask of a service, beyond the hard checks every match makes."""

    FREE = "free"
    EVENINGS = "evenings"
    WEEKENDS = "weekends"
    VIRTUAL = "virtual"
    IN_PERSON = "in_person"
    CLIENT_LANGUAGE = "client_language"
    HAS_CAPACITY = "has_capacity"


class Capacity(StrEnum):
    """Whether a service can take somebody on (HSDS 3.1 `service_capacity`, in Gravity's words)."""

    HAS = "has"
    WAITLIST = "waitlist"
    NONE = "none"
    UNKNOWN = "unknown"


class ServiceStatus(StrEnum):
    """HSDS service status."""

    ACTIVE = "active"
    INACTIVE = "inactive"
    DEFUNCT = "defunct"
    TEMPORARILY_CLOSED = "temporarily closed"


class ReportOutcome(StrEnum):
    """What became of a report that something in the directory is wrong."""

    CORRECTED = "corrected"
    CHECKED = "checked"
    PASSED_ON = "passed_on"
    NOT_WRONG = "not_wrong"


class GoalKind(StrEnum):
    """What matters to the client: something they want, or something they hold dear."""

    GOAL = "goal"
    VALUE = "value"


class ChangedBy(StrEnum):
    """Whose move it was."""

    CLIENT = "client"
    STAFF = "staff"
    PARTNER = "partner"
    FOOTHOLD = "foothold"
