"""All SQL of the desk: who works here, what was stated, and how everything stands."""
