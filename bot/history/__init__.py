"""What was decided and what came of it, on disk before it is acted on."""
