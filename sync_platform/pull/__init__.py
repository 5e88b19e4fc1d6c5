"""Pull: the two ways in (whole day and delta), what is owed, and the day's rules after a delta."""
