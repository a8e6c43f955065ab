"""Pages and doors, asked as browsers ask."""
