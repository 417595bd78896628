"""`python -m bot` is `repeg`."""

from bot.cli import main

main()
