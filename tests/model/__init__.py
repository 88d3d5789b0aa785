"""A model of the session contract: what every call does, from docs/protocol.md, without a chain."""
