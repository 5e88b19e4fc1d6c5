"""The dispute trail: everything that is known of one business record, over all systems, in order of time."""
