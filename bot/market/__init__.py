"""The market as it stands at one block."""
