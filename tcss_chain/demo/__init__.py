"""The demonstration: a whole session with a leak, from an empty chain to a record that anyone can read."""
