"""What runs in the background: the loop that pokes and pulls."""
