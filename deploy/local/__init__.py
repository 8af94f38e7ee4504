"""The embedded runtime: a real PostgreSQL, a real NATS and the services, on loopback, without Docker or root.

Promises: nothing listens anywhere but 127.0.0.1; nothing is written outside the given folder; no process
outlives the one that started it, even when that one is killed.
"""
