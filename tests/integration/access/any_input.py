"""What schemathesis is told about our APIs: who calls in turn, and which things there are to ask about.

Loaded by its command line (SCHEMATHESIS_HOOKS); what it knows of the running system comes in ANY_INPUT.
"""

from __future__ import annotations

import itertools
import json
import os
from typing import Any, TypeAlias

import schemathesis
from schemathesis import APIOperation, Case, HookContext

Operation: TypeAlias = APIOperation[Any, Any, Any, Any]

_KNOWN = json.loads(os.environ["ANY_INPUT"])
_CALLERS: dict[str, str] = _KNOWN["callers"]
_turns = itertools.count()
_SHUTS_OUT = ("/revocation", "/rotation")
"""Done to the callers' own partner these would leave nobody to let in afterwards."""


@schemathesis.hook
def before_call(context: HookContext, case: Case[Operation], kwargs: dict[str, object]) -> None:
    """Let one caller after the other ask, and mostly about things that there are, with a key of their own."""
    turn = next(_turns)
    allowed = case.operation.definition.raw.get("x-allowed", [])
    who = [name for name in _CALLERS if set(name.split()) & set(allowed)]
    # Four times out of five somebody who may: the others never get further than the gate.
    names = sorted(who if who and turn % 5 else _CALLERS)
    case.headers["Authorization"] = _CALLERS[names[turn % len(names)]]
    if str(case.query.get("wait", 0)).isdecimal():
        # Waiting for news is proved elsewhere; here it would only take its time.
        case.query.pop("wait", None)
    if turn % 11:
        case.headers["Idempotency-Key"] = f"turn-{turn}"
    if turn % 7 and not case.path.endswith(_SHUTS_OUT):
        is_for_partners = any(name.startswith("partner:") for name in allowed)
        _name_known_things(case, _KNOWN["theirs" if is_for_partners else "staffs"])


def _name_known_things(case: Case[Operation], known: dict[str, str]) -> None:
    for name in set(case.path_parameters) & set(known):
        case.path_parameters[name] = known[name]
