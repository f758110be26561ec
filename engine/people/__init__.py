"""People: tenants, accounts, memberships, sessions, the certificates a person signs with."""
