"""Reminders: what is said to clients and when, and what they say back.

Owns       every message to a client from the plan to its end, replies, STOP and START; and, learned from
           events, just enough of the client's zone, pace, channels, barriers, plans and appointments.
Consumes   ClientRegistered, ClientChanged, ContactChanged; BarrierAnswered, BarrierMoved, PlanMoved,
           SetbackRecorded; ReferralScheduled and every later move of a referral.
Publishes  ReminderScheduled, MessageSent, MessageHeld, MessageWithheld, ReplyReceived, MessagesStopped,
           MessagesStarted (contracts/events/reminders.py).
Promises   Every message ends as sent or withheld, and every wait and every end has a recorded reason and
           an event. One gate (policy/gate.py) looks at each message at the moment of sending, and nothing
           goes round it: what the client wants, safe channels and times, quiet hours in the client's own
           zone, the rate cap, whether it still matters. STOP is obeyed from the moment it arrives. The same
           cause never plans a message twice, however often and in whatever order it is told.
           A provider is asked at least once with the reminder's id as idempotency key; with a provider that
           honours the key the client gets the message exactly once, whatever dies in between.
"""
