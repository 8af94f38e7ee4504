"""HTTP in: referrals and the directory for staff, partners and their keys, and the partners' own API."""

from services.navigation.api import partner, partners, referrals, services

ROUTES = (referrals.routes, services.routes, partners.routes, partner.routes)

__all__ = ["ROUTES"]
