"""The point of sale: bearer token, camelCase JSON, page numbers, epoch milliseconds, errors answered with HTTP 200."""
