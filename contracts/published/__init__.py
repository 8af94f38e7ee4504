"""The language that partner organisations and their systems read and speak; it stands by itself.

The events between our own services may change whenever both sides agree. What is in here is a promise to
people we do not know: minimal, cut to what a client's consent allows, and compatible within a version.
"""
