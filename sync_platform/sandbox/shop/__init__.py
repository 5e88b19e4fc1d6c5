"""The web shop: WooCommerce REST API v3, path by path, with its one-second stamps and its errors."""
