"""The `hubnode` command."""
