"""The chain: development nodes, compiled artifacts and contract bindings."""
