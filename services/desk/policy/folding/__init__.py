"""From everything that was stated about a thing to how it stands: pure, and the same in any order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from services.desk.model.entries import Entry, Kind
from services.desk.model.pictures import Picture
from services.desk.policy.folding.barriers import fold_barrier
from services.desk.policy.folding.clients import fold_client
from services.desk.policy.folding.messages import fold_message
from services.desk.policy.folding.plans import fold_plan
from services.desk.policy.folding.playbook import fold_playbook
from services.desk.policy.folding.referrals import fold_referral
from services.desk.policy.folding.services import fold_service
from services.desk.policy.folding.steps import fold_step
from services.desk.policy.folding.tasks import fold_task

FOLDS: Mapping[Kind, Callable[[Sequence[Entry]], Picture | None]] = {
    Kind.CLIENT: fold_client,
    Kind.BARRIER: fold_barrier,
    Kind.PLAN: fold_plan,
    Kind.STEP: fold_step,
    Kind.TASK: fold_task,
    Kind.REFERRAL: fold_referral,
    Kind.MESSAGE: fold_message,
    Kind.SERVICE: fold_service,
    Kind.PLAYBOOK: fold_playbook,
}
"""How each kind is folded; None comes of events that cannot be shown yet, because the first is missing."""

__all__ = ["FOLDS"]
