"""HTTP in: pages, and the files that they use."""

from services.desk.api import assets, live, signing_in

ROUTES = (signing_in.routes, live.routes, assets.routes)

__all__ = ["ROUTES"]
