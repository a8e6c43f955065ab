"""Five hubs on one machine, with demo records."""
