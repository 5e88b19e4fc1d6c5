-- name: begin
-- A login that is on its way to the issuer.
insert into access.oidc_login (state_hash, nonce, code_verifier, return_to, began_at)
values (%(state_hash)s, %(nonce)s, %(code_verifier)s, %(return_to)s, %(now)s)

-- name: prune
-- Logins that were never finished.
delete from access.oidc_login where began_at <= %(since)s

-- name: take
-- A login that has come back: it is there once.
delete from access.oidc_login where state_hash = %(state_hash)s and began_at > %(since)s
returning nonce, code_verifier, return_to
