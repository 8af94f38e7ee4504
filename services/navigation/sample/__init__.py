"""An invented directory in HSDS 3.0, for the demo and for tests; see `generate.py`."""
