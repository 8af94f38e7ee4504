"""The desk: where intake staff, case managers, supervisors and directory editors do their day's work.

Owns       staff, teams, sessions, who looks after whom, and a picture of everything that was stated anywhere.
Consumes   every event of every service, its own included.
Publishes  ClientAssigned, EscalationAcknowledged (contracts/events/desk.py).
Promises   Pages read only the desk's own picture; what is changed there is changed by the owning service, on
           the behalf of who is signed in, and seen on the next page. The picture is right whatever the order
           in which events come and however often, and can be made anew from the services' histories while
           everybody goes on working. Nobody sees a client whom they have no reason to see.
"""
