"""Who may do what: roles, scopes, passwords, logging in, and what an issuer of OpenID Connect says of a person."""
