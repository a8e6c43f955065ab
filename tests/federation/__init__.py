"""The protocol library, tested without Flask and without a database."""
