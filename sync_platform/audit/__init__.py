"""The audit log: who did what, encrypted, sealed in a chain of batches, and verified against tampering."""
