"""One act each, for a person at a terminal; `scripts/` and the command line call these."""
