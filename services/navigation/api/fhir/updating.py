"""Answer a referral by updating its Task: what changed is read as an answer, and answered as everywhere."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Body, Header

from contracts.terms import ChangedBy
from services.navigation.api.base import PARTNER_ANSWERS, Finding, may_read, organization_of
from services.navigation.api.fhir.base import identified, routes, shown
from services.navigation.api.fhir.outcomes import FHIR_JSON, WRITE_REFUSALS, FhirJson, not_possible
from services.navigation.commands import answering, moving, reading
from services.navigation.model.fhir import Task
from services.navigation.model.referrals import Referral, Told
from services.navigation.model.telling import Channel
from services.navigation.policy.fhir import resources
from services.navigation.policy.fhir.saying import Refused
from services.navigation.policy.fhir.updating import answer_to, is_repeat
from services.navigation.policy.referrals import possible_moves
from shared.errors import Invalid, Malformed
from shared.http import Query, Visiting
from shared.unit_of_work import Transaction

_VERSION = re.compile(r'(?:W/)?"(\d{1,9})"')

Sent = Annotated[Task, Body(media_type=FHIR_JSON)]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description='Required. The ETag of your last read, such as `W/"3"`.'),
]


@routes.put(
    "/Task/{referral_id}",
    allow=PARTNER_ANSWERS,
    response_class=FhirJson,
    response_model=Task,
    responses=WRITE_REFUSALS,
)
async def update_task(
    referral_id: str, sent: Sent, query: Query, visit: Visiting, *, finder: Finding, if_match: IfMatch = None
) -> FhirJson:
    """Answer a referral: send the Task as you read it, with your status, reason, business status or output.

    An update that was made already is taken as a repeat, also with the If-Match from before (RFC 9110,
    13.1.1). Nothing is created here.
    """
    version = _version(if_match)
    known_as, organization_id = identified(referral_id), organization_of(query.caller)

    # What a key cannot read is neither compared nor given back.
    reads = may_read(query.caller)

    async def act(tx: Transaction) -> Task:
        referral = await moving.held(tx, known_as, organization_id=organization_id)
        told = (await reading.knowledge(tx, [referral])).told[known_as] if reads else Told()
        now = resources.task(referral, told)
        if version != referral.version:
            moved = _repeated(referral, sent, now, version)
        elif (answer := answer_to(sent, now)) is None:
            moved = referral
        elif isinstance(answer, Refused):
            raise Invalid(answer.why, expression=[answer.element])
        else:
            moved = await answering.answer(tx, finder, referral, answer, recorded_by=query.caller.subject)
        if reads:
            told = (await reading.read(tx, [moved], channel=Channel.FHIR)).told[known_as]
        return resources.task(moved, told)

    return shown(await visit.act(act))


def _version(if_match: str | None) -> int:
    """The version that the update was made from. R4 (3.1.0.5) has a missing one refused with 400."""
    if if_match is None:
        raise Malformed("send the ETag of your last read as If-Match, so that nobody's change is lost")
    match = _VERSION.fullmatch(if_match.strip())
    if match is None:
        raise Malformed('If-Match names the version that you read, such as W/"3"')
    return int(match[1])


def _repeated(referral: Referral, sent: Task, now: Task, version: int) -> Referral:
    if version < referral.version and is_repeat(sent, now):
        return referral
    raise not_possible(possible_moves(referral, by=ChangedBy.PARTNER))
