"""Duplicates: records of one person, or of one product, are found and proposed; nothing is merged by itself."""
