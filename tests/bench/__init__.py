"""Measurements, side by side in one run. `make bench` prints one JSON object as its last line."""
