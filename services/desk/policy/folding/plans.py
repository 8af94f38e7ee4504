"""An if-then plan as it stands."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.events.barriers import PlanDrafted, PlanMoved
from contracts.terms import PlanStatus
from services.desk.model.entries import Entry
from services.desk.model.pictures import Move, PlanPicture
from services.desk.policy.folding.order import of_type


def fold_plan(entries: Sequence[Entry]) -> PlanPicture:
    """How a plan stands, whichever of its events have come."""
    drafts = of_type(entries, PlanDrafted)
    moves = of_type(entries, PlanMoved)
    latest = (moves or drafts)[-1]
    draft = drafts[0] if drafts else None
    return PlanPicture(
        id=latest.plan_id,
        client_id=latest.client_id,
        barrier_id=latest.barrier_id,
        status=moves[-1].status if moves else PlanStatus.DRAFTED,
        version=moves[-1].version if moves else 1,
        if_words=latest.if_words,
        then_words=latest.then_words,
        from_own_idea=draft.from_own_idea if draft else False,
        serves=draft.serves if draft else None,
        cue_hours_before=moves[-1].cue_hours_before if moves else None,
        moves=(
            *(Move(status=PlanStatus.DRAFTED, at=one.drafted_at) for one in drafts),
            *(Move(status=one.status, at=one.moved_at) for one in moves),
        ),
    )
