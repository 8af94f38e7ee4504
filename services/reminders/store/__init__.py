"""Every SQL statement of reminders. Each is a constant directly above the one function that uses it.

Who changes what is due for a client holds that client's lock (`clients.lock`) until the commit, always
taken before any row and in the order of ids; so what a handler sees of a client stays true while it
writes, whatever other copies do. Planning the first check-in, on the hot path, does without: a partial
unique index decides there.
"""
