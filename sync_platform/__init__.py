"""sync_platform: each partner system's data as a Dagster asset, loaded by day, checked, reconciled, shown with its as_of."""

__version__ = "0.1.0"
