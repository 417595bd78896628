"""Seconds, not microseconds: what is allowed, what has gone wrong, and who is told."""
