"""The rules of this house, checked."""
