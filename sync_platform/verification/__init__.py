"""Verification: what is landed of a settled day held against what its partner says of it, down to the keys."""
