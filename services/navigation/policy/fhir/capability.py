"""What this interface can do, as a CapabilityStatement: no more than what is there."""

from __future__ import annotations

from services.navigation.model.fhir import (
    CapabilityStatement,
    Described,
    Implementation,
    Interaction,
    Rest,
    SearchParameter,
    Security,
    Software,
)

_TIMES = "With eq, ge, gt, le or lt and as exact a time as you like; without a zone it is UTC."
_SEARCH = (
    SearchParameter(name="status", type="token", documentation="One, or several with commas."),
    SearchParameter(name="_lastUpdated", type="date", documentation=_TIMES),
    SearchParameter(name="_id", type="token", documentation="One, or several with commas."),
)
_MODIFIED = SearchParameter(name="modified", type="date", documentation="The same as _lastUpdated.")

_TASK = (
    "A referral as your work. Update it with the If-Match of your last read to answer. You may change status "
    "(accepted, rejected, on-hold, in-progress, completed, failed), statusReason, businessStatus (5.1.1 with "
    "an appointment-start as output, 5.1.2, 5.1.4) and output; everything else is sent back as it was read. "
    "Shaped on Gravity SDOH Clinical Care STU 3's Task for referral management."
)
_REQUEST = (
    "What is asked for, cut to what the person agreed to at this moment. Its status is ours alone: your "
    "completing the Task does not complete it."
)
_CONSENT = "The consent that a referral to you rests on, with the copy that 42 CFR 2.32 asks for."
_SECURITY = (
    "Authorization: Bearer, with your organisation's key: its scope `referrals` to read, `answers` to "
    "update. Of what was not sent to you nothing is said, not even that it exists."
)
_REST = (
    "Every read of content is written into the person's ledger of disclosures. Parameters that we do not "
    "know are refused unless you send Prefer: handling=lenient. A stale If-Match is answered with 412, an "
    "answer that does not fit any more with 409; both say what is possible now."
)


def statement(*, url: str, date: str) -> CapabilityStatement:
    """What can be done at this address."""
    read, search, update = (Interaction(code=code) for code in ("read", "search-type", "update"))
    task = Described(
        type="Task",
        documentation=_TASK,
        interaction=(read, update, search),
        versioning="versioned-update",
        search_include=("Task:focus", "ServiceRequest:supporting-info"),
        search_param=(*_SEARCH, _MODIFIED),
    )
    request = Described(
        type="ServiceRequest",
        documentation=_REQUEST,
        interaction=(read, search),
        versioning="versioned",
        search_include=("ServiceRequest:supporting-info",),
        search_rev_include=("Task:focus",),
        search_param=_SEARCH,
    )
    consent = Described(type="Consent", documentation=_CONSENT, interaction=(read,), versioning="no-version")
    return CapabilityStatement(
        date=date,
        software=Software(name="Foothold navigation"),
        implementation=Implementation(description="Referrals to partner organisations", url=url),
        format=("json", "application/fhir+json"),
        rest=(
            Rest(
                documentation=_REST,
                security=Security(description=_SECURITY),
                resource=(task, request, consent),
            ),
        ),
    )
