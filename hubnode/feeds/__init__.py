"""Records in the forms that feed readers and calendars understand; one file per format."""
