"""Sign-in across hubs, through the doors of two hubs that speak real HTTP on loopback."""
