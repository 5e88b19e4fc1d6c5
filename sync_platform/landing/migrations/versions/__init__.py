"""The migrations, in order; one that was shipped is never changed."""
