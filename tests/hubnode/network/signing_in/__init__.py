"""The rooms behind sign-in across hubs, without pages."""
