"""Proof that Foothold does what it promises, on real servers."""
