"""sync_platform: each system's data as a Dagster asset, loaded by day, checked, reconciled, with its as_of."""

__version__ = "0.1.0"
