"""The chain binding: compiled contracts, typed reads, events and transactions."""
