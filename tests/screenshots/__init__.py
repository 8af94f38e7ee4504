"""Pictures of the desk for the README and docs/desk.md, taken from a running system of invented people."""
