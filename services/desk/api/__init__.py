"""HTTP in: pages, and the files that they use."""

from services.desk.api import access, account, assets, audit, live, one_client, signing_in

ROUTES = (
    signing_in.routes,
    access.routes,
    audit.routes,
    account.routes,
    *one_client.ROUTES,
    live.routes,
    assets.routes,
)

__all__ = ["ROUTES"]
