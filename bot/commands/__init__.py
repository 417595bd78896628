"""The `repeg` command, one module per subcommand: parse, call, print."""
