"""The payment gateway: API key, cursors, minor units, UTC; changes come only as a list of events, always gzipped."""
