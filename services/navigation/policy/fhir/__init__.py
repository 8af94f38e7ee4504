"""How referrals read as FHIR R4 resources, and what an update of a Task means: pure, and no state machine.

Shaped on Gravity SDOH Clinical Care STU 3 (Task for referral management, ServiceRequest, Consent), with
BSeR's business statuses. We do not claim a profile: no resource names one.
"""
