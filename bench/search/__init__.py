"""Search measured: does it find what people judged to be right, how fast, and what does it cost to index."""
