"""What exists: the declaration of each partner system, as frozen models that Dagster, the gateway and the CLI read."""
