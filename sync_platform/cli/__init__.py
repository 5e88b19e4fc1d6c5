"""The command line, `sync-platform`: one file per command; nothing heavy is imported before a command needs it."""
