"""The single source of what crosses a boundary: events, streams, and the documents generated from them.

Nothing here imports anything but pydantic and the standard library, so that any reader, ours or a
partner's, can depend on it alone.

    event.py terms.py values.py events/  what is written by hand; everything else follows from it
    registry.py streams.py               events by subject, streams by publisher
    schemas/ asyncapi/ openapi/          generated and committed: `make generate`; `make verify` checks them
    samples/<subject>/                   bodies of events as they were published; never edited once released
    released/                            the schemas of the last release, and checksums of its samples

To change an event: add an optional field with a default, say in its docstring what a reader can rely on, add
a sample that has it, and `make generate`. `make verify` refuses what would break a reader of the release or
an event stored under it; such a change is a new subject, `.v2`, published beside `.v1` until nobody reads it.
"""
