"""Push, seen from the other side: subscribers that are written as the specifications say, on loopback."""
