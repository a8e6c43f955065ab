"""Registration for events: of this hub or another one, by its own staff, visitors and the staff of other hubs."""
