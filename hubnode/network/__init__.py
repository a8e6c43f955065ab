"""The other hubs: whom we know, what we hold of them, and what they hold of us."""
