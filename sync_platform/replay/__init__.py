"""Replay: dead letters handled one by one or by reason, and a stored day taken through again, safely."""
