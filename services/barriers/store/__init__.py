"""Every SQL statement of this service.

A client's case is read and written under the lock on their client row. Whoever locks several takes them in
the order of their ids, before anything else, so that copies wait for one another and never for each other.
"""
