"""The way in for what partner systems send us: a small ASGI process that stores first and answers then."""
