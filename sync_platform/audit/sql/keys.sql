-- name: living_key
-- The subject's key and its number.
select key_id, fernet_key from audit.key where subject = %(subject)s and fernet_key is not null

-- name: make_key
-- A new key, unless somebody was quicker.
insert into audit.key (subject, fernet_key) values (%(subject)s, %(fernet_key)s)
on conflict (subject) where fernet_key is not null do nothing

-- name: find_key
-- A key by its number; null when it was erased.
select fernet_key from audit.key where key_id = %(key_id)s

-- name: erase_key
-- Forgets the subject's key for good.
update audit.key set fernet_key = null, erased_at = %(now)s where subject = %(subject)s and fernet_key is not null
