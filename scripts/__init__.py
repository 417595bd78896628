"""Run by ape: `ape run NAME --network ...`. They parse options and call the bot."""
