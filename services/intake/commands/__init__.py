"""What a request and an import both cause alike: registering, merging; load, decide, write, state."""
