"""On every item: why is this here? From the stated words, through the rule, to the thing itself."""

from __future__ import annotations

from uuid import UUID

from contracts.events.barriers import BarrierAnswered, HelpNeeded, PlanDrafted, TaskOpened
from contracts.events.navigation import ReferralDrafted
from services.desk.model.staff import Role
from shared.ids import new_id
from tests.support.builders import barrier_stated, client_context, contact_changed
from tests.support.builders_desk import stated
from tests.support.desk import House


async def _conversation(house: House, client_id: UUID) -> dict[str, UUID]:
    conversation = new_id()
    await house.told(contact_changed(client_id=client_id))
    said = barrier_stated(client_id=client_id, client=client_context(client_id=client_id), words="No bus.")
    (first,) = await house.told(said, correlation_id=conversation)
    whose = {"client_id": str(client_id), "barrier_id": str(said.barrier_id)}
    (answered,) = await house.told(
        stated(BarrierAnswered, **whose, rule="transport.ask-first", playbook_version="2026.11"),
        correlation_id=conversation,
        cause=first,
    )
    (plan,) = await house.told(stated(PlanDrafted, **whose), correlation_id=conversation, cause=first)
    (needed,) = await house.told(stated(HelpNeeded, **whose), correlation_id=conversation, cause=first)
    (drafted,) = await house.told(stated(ReferralDrafted, **whose), correlation_id=conversation, cause=needed)
    (task,) = await house.told(
        stated(TaskOpened, client_id=str(client_id)), correlation_id=conversation, cause=drafted
    )
    return {
        "first": first,
        "answered": answered,
        "plan": plan,
        "needed": needed,
        "drafted": drafted,
        "task": task,
    }


async def test_a_task_is_there_because_of_words_a_search_and_what_was_found(house: House) -> None:
    client_id = new_id()
    ids = await _conversation(house, client_id)
    async with house.browser(await house.hire(Role.CASE_MANAGER)) as browser:
        page = (await browser.get(f"/clients/{client_id}/why/{ids['task']}")).text
    words = ["They said what gets in the way", "A search for help began", "Help was found", "for us to do"]
    places = [page.index(one, page.index('<ol class="timeline')) for one in words]
    assert places == sorted(places)
    assert "No bus." in page
    assert "playbook" in page


async def test_an_answer_says_its_rule_its_version_and_what_else_came_of_the_same_words(house: House) -> None:
    client_id = new_id()
    ids = await _conversation(house, client_id)
    async with house.browser(await house.hire(Role.CASE_MANAGER)) as browser:
        page = (await browser.get(f"/clients/{client_id}/why/{ids['answered']}")).text
        assert "Rule transport.ask-first, playbook 2026.11." in page
        assert f"/clients/{client_id}/why/{ids['plan']}" in page.split("What else came of the same cause")[1]
        first = (await browser.get(f"/clients/{client_id}/why/{ids['first']}")).text
    assert f"/why/{ids['answered']}" in first.split("What came of it")[1]


async def test_a_circle_of_causes_ends_and_nobody_elses_things_come_into_a_chain(house: House) -> None:
    client_id, other = new_id(), new_id()
    ids = await _conversation(house, client_id)
    await house.told(contact_changed(client_id=other))
    (theirs,) = await house.told(
        barrier_stated(client_id=other, client=client_context(client_id=other), words="A secret of another.")
    )
    (mixed,) = await house.told(
        stated(TaskOpened, client_id=str(client_id), task_id=str(new_id())), cause=theirs
    )
    async with house.service.database.transaction() as tx:
        await tx.conn.execute("update entry set causation_id = $1 where id = $2", ids["task"], ids["first"])
    async with house.browser(await house.hire(Role.CASE_MANAGER)) as browser:
        page = await browser.get(f"/clients/{client_id}/why/{mixed}")
        assert page.status_code == 200
        assert "A secret of another." not in page.text
        assert (await browser.get(f"/clients/{client_id}/why/{theirs}")).status_code == 404
        assert (await browser.get(f"/clients/{client_id}/why/{ids['task']}")).status_code == 200
