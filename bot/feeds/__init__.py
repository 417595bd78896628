"""Everything that enters the process: heads, pool states, prices."""
