"""The ledger: OAuth2 client credentials, offset paging, `If-Modified-Since`, stamps of one second with an offset."""
