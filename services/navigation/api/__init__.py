"""HTTP in: referrals and the directory for staff, partners and their keys, and the partners' own API."""

from services.navigation.api import (
    disclosures,
    feed,
    fhir,
    keys,
    link,
    loop,
    mailing,
    nats,
    partner,
    partners,
    referrals,
    services,
    webhooks,
)

ROUTES = (
    referrals.routes,
    disclosures.routes,
    services.routes,
    partners.routes,
    keys.routes,
    nats.routes,
    partner.routes,
    mailing.routes,
    link.routes,
    feed.routes,
    fhir.routes,
    loop.routes,
    webhooks.routes,
)

__all__ = ["ROUTES"]
