"""Runs a contract's rules on a day in PostgreSQL with Great Expectations; importing this is cheap, running is not."""
