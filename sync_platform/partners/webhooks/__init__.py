"""How partner systems sign what they send us: one file per family of signatures, pure functions."""
