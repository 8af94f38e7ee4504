"""The FHIR R4 face of referrals, for partners whose system speaks FHIR: read, search, and answer by update.

It has an address of its own, /fhir/R4, because a FHIR client is configured with one base and finds everything
else below it; whatever goes wrong there is told as an OperationOutcome.
"""

from services.navigation.api.fhir import reading, searching, updating
from services.navigation.api.fhir.base import routes

__all__ = ["reading", "routes", "searching", "updating"]
