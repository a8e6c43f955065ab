"""What a hub knows: kinds, tables, and the only writer of both."""
