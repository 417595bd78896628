"""How the history database came to be as it is, step by step, for Alembic."""
