"""Kinds of records: what a body may hold, and who may see which part."""
