"""Exact integer pools: a snapshot in, an amount out, no I/O."""
