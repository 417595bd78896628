"""Values: frozen, checked at birth, free of I/O."""
