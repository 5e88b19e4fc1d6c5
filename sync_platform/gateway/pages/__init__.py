"""The gateway's pages and its API for people and programs who may; webhooks are not among them."""
