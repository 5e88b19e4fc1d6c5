"""What an entity's data means: the contract, read from an Open Data Contract Standard 3.1 document."""
