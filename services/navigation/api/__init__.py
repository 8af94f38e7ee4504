"""HTTP in: referrals and the directory for staff, partners and their keys, and the partners' own API."""

from services.navigation.api import (
    disclosures,
    editing,
    feed,
    fhir,
    imports,
    keys,
    link,
    loop,
    mailing,
    nats,
    partner,
    partners,
    referrals,
    reports,
    services,
    unmet,
    webhooks,
)

ROUTES = (
    referrals.routes,
    disclosures.routes,
    services.routes,
    editing.routes,
    reports.routes,
    imports.routes,
    partners.routes,
    keys.routes,
    nats.routes,
    partner.routes,
    mailing.routes,
    link.routes,
    feed.routes,
    fhir.routes,
    loop.routes,
    unmet.routes,
    webhooks.routes,
)

__all__ = ["ROUTES"]
