"""HTTP in: pages, and the files that they use."""

from services.desk.api import (
    access,
    account,
    assets,
    audit,
    clients,
    figures,
    imports,
    intake,
    intake_finishing,
    intake_looking,
    live,
    one_client,
    people,
    provider,
    same_person,
    sheet,
    signing_in,
    tasks,
    team,
    today,
)

ROUTES = (
    signing_in.routes,
    provider.routes,
    access.routes,
    audit.routes,
    account.routes,
    today.routes,
    tasks.routes,
    people.routes,
    imports.routes,
    same_person.routes,
    *one_client.ROUTES,
    team.routes,
    figures.routes,
    intake_looking.routes,
    intake_finishing.routes,
    intake.routes,
    clients.routes,
    sheet.routes,
    live.routes,
    assets.routes,
)

__all__ = ["ROUTES"]
