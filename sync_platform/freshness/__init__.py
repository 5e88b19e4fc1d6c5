"""Freshness: how true the data is, since when, and the report that says so."""
