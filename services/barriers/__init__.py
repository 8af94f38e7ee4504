"""What stands in the way: barriers, the tasks and if-then plans that answer them, and the playbook.

Owns: barriers as answered, staff tasks, contingency plans, small steps, setbacks, small wins, and the
playbook (YAML, versioned).
Consumes: `barrier.stated`, `wish.changed`, `readiness.measured`, `client.registered`, `client.changed`
(intake); `referral.*`, `help.unmatched` (navigation); `reply.received` (reminders).
Publishes: `barrier.answered`, `barrier.moved`, `barrier.recoded`, `plan.drafted`, `plan.moved`,
`step.agreed`, `step.moved`, `task.opened`, `task.moved`, `task.escalated`, `help.needed`, `help.withdrawn`,
`setback.recorded`, `win.noticed`, `playbook.published`.
Promises: every stated barrier is answered exactly once; every task says why it exists and for when, and is
never due in the past; a need beyond the weekly cap joins an open task and is never dropped; the client's
wish is obeyed at once; nobody is referred from a `never_auto_refer` category before a person has asked.
"""
