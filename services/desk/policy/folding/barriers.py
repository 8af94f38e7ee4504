"""A barrier as it stands: the client's words, what they want, and what was decided."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.events.barriers import BarrierAnswered, BarrierMoved, BarrierRecoded, SetbackRecorded
from contracts.events.intake import BarrierStated, WishChanged
from contracts.events.navigation import HelpUnmatched
from contracts.terms import BarrierStatus
from services.desk.model.entries import Entry
from services.desk.model.pictures import BarrierPicture, Move, Setback, Unmatched
from services.desk.policy.areas import area_of
from services.desk.policy.folding.order import by_time, of_type


def fold_barrier(entries: Sequence[Entry]) -> BarrierPicture | None:
    """How a barrier stands; None while nothing says whose it is."""
    client_id = entries[0].client_id
    if client_id is None:
        return None
    picture = BarrierPicture(id=entries[0].place.subject_id, client_id=client_id)
    for stated in of_type(entries, BarrierStated):
        picture = picture.model_copy(update=_stated(stated))
    wishes = of_type(entries, WishChanged)
    answers = of_type(entries, BarrierAnswered)
    moves, recoded = of_type(entries, BarrierMoved), of_type(entries, BarrierRecoded)
    both: list[BarrierMoved | BarrierRecoded] = [*moves, *recoded]
    counted = sorted(both, key=lambda one: one.version)
    status = counted[-1].status if counted else answers[-1].status if answers else BarrierStatus.STATED
    return picture.model_copy(
        update={
            "status": status,
            "version": counted[-1].version if counted else 1 if answers else 0,
            **({"wish": wishes[-1].wish, "wish_version": wishes[-1].version} if wishes else {}),
            **(_answered(answers[-1]) if answers else {}),
            "eased_at": moves[-1].moved_at if moves and status is BarrierStatus.EASED else None,
            **(_recoded(recoded[-1]) if recoded else {}),
            "moves": tuple(
                Move(status=one.status, by=one.by, reason=one.reason, at=one.moved_at) for one in moves
            ),
            "setbacks": tuple(_setbacks(entries)),
            "unmatched": tuple(_unmatched(entries)),
        }
    )


def _stated(event: BarrierStated) -> dict[str, object]:
    return {
        "words": event.words,
        "category": event.category,
        "strength": event.strength,
        "own_idea": event.own_idea,
        "goal_words": event.goal_words,
        "wish": event.wish,
        "stated_at": event.stated_at,
        "stated_by": event.stated_by,
    }


def _answered(event: BarrierAnswered) -> dict[str, object]:
    return {
        "category": event.category,
        "rule": event.rule,
        "playbook_version": event.playbook_version,
        "reason": event.reason,
        "help_asked": event.help_asked,
        "answered_at": event.answered_at,
    }


def _recoded(event: BarrierRecoded) -> dict[str, object]:
    return {
        "category": event.category,
        "rule": event.rule,
        "playbook_version": event.playbook_version,
        "reason": event.reason,
        "help_asked": event.help_asked,
    }


def _setbacks(entries: Sequence[Entry]) -> list[Setback]:
    return [
        Setback(
            id=one.event.setback_id,
            what_happened=one.event.what_happened,
            question=one.event.question,
            smaller_step=one.event.smaller_step,
            recorded_at=one.event.recorded_at,
        )
        for one in by_time(entries)
        if isinstance(one.event, SetbackRecorded)
    ]


def _unmatched(entries: Sequence[Entry]) -> list[Unmatched]:
    return [
        Unmatched(
            help_id=one.event.help_id,
            rejected=one.event.rejected,
            area=area_of(one.event.postcode),
            at=one.event.at,
        )
        for one in by_time(entries)
        if isinstance(one.event, HelpUnmatched)
    ]
