"""Files that partner systems leave in a folder: found, copied, read into records; nothing here knows our database."""
