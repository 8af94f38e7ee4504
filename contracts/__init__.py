"""The single source of what crosses a boundary: events, streams, and the documents generated from them.

Nothing here imports anything but pydantic and the standard library, so that any reader, ours or a
partner's, can depend on it alone.
"""
