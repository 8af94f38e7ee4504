"""The peers' minimal job: a barrier row leads to a referral row and a task row, exactly once.

The same for each: intake writes the barrier and enqueues the job in one transaction, sixteen at a time; one
worker process writes referral and task in one transaction per job, idempotent by barrier id.
"""
