"""The outside world over HTTP: asks partner systems, survives what they answer, and cuts the records out unread."""
