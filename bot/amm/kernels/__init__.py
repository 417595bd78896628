"""The search's inner loops, compiled to machine code by numba.

They work on `Rows`: every picture of a pool is a row of numbers, whatever its kind. Amounts are
whole coins and prices whole numeraire, in 64-bit floats; nothing here reaches a transaction.
"""
