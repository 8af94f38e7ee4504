"""Navigation finds who can help, and follows every referral until it has an answer.

Owns: the resource directory, referrals and their candidates, partners with their keys and their ways to hear
and answer, the acknowledgement and the progress clock, how partners answer, and the disclosure ledger.

Consumes: help needed and withdrawn (barriers); consents, contact details and the client's context (intake);
the client's yes or no to "did you get what you needed?" (reminders).

Publishes: `referral.*`, where each referral is, with every move; `help.unmatched`, help that nobody in the
directory can give; `service.changed`, how each service of the directory stands; `service.reported` and
`report.resolved`, what staff say is wrong with one; and to partners, in the language of
`contracts.published`, what concerns them.

Promises: every referral ends with an answer, silence included. Nothing is disclosed without a consent that
stands at that very moment, and every disclosure is listed. A client's no, a withdrawn barrier and a revoked
consent stop what is under way at once, whatever order the news arrives in. Of one barrier at most one
referral waits for a choice and at most one is with a partner; a second one for the same need of a client is
never sent by itself, and by staff only in place of the first. The runner-up is prepared and never sent by
itself. Silence and standstill are said once. What staff put right in the directory outlives every import.
"""
