"""The pages on which administrators look after the node: one module for each matter, one list of them."""
