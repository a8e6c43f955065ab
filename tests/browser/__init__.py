"""Pages in a real browser: accessibility, policies, and what scripts add."""
