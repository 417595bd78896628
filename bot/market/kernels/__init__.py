"""The consensus' inner loops, compiled to machine code by numba.

Prices are natural logs in 64-bit floats: signals, never amounts of money.
"""
