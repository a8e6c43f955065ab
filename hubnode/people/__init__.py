"""Who is here: accounts, roles, sessions."""
