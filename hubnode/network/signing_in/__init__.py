"""Sign-in across hubs, both ends of it, without any page: our people elsewhere, and other hubs' people here."""
