"""Intake: who the client is, what they allow, what matters to them and what stands in the way.

Owns       clients and how to reach them, consents, goals and values, rulers, barriers as stated.
Consumes   nothing; everything here begins with a person talking to a person.
Publishes  ClientRegistered, ClientChanged, ContactChanged, ConsentGranted, ConsentRevoked, GoalStated,
           ReadinessMeasured, BarrierStated, WishChanged (contracts/events/intake.py).
Promises   A client is registered once: the same name and date of birth are pointed out before a second
           record is made. What a client said is kept word for word, and staff's reading of it stands
           beside it. A consent is a dated record that never changes; taking it back is a record of its
           own, and final. A change made on an outdated copy is not applied over somebody else's. What a
           client wants is never turned away because somebody else was writing at the same moment.
"""
