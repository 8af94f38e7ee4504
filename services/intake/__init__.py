"""Intake: who the client is, what they allow, what matters to them and what stands in the way.

Owns       clients and how to reach them, which records are one person's, consents, goals and values, rulers,
           barriers as stated, what was heard in conversations, imports of clients.
Consumes   nothing; everything here begins with a person talking to a person.
Publishes  ClientRegistered, ClientChanged, ContactChanged, ClientMerged, ClientSplit, ConsentGranted,
           ConsentRevoked, GoalStated, ReadinessMeasured, ConversationRecorded, BalanceWeighed,
           BarrierStated, WishChanged (contracts/events/intake.py).
Promises   A client is registered once: whoever is very much like them is pointed out before a second record
           is made, and only a person says who is who. A merge can be undone. Importing a file again changes
           nothing. What a client said is kept word for word, and staff's reading of it stands beside it. A
           consent is a dated record that never changes; taking it back is a record of its own, and final. A
           change made on an outdated copy is not applied over somebody else's. What a client wants is never
           turned away because somebody else was writing at the same moment.
"""
