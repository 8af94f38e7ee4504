"""The ways out to partners: each hands over what was decided, and answers with a value whatever happens."""
