"""Reconciliation: the systems held against each other over the same keys and day."""
