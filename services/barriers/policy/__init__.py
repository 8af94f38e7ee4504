"""What the barriers service decides. Pure: state, event and now in, decision out; nothing else is touched.

The same state, event and moment always give the same decision, identifiers included, so that a replay
chooses the same.
"""
