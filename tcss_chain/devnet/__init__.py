"""Development chains: an embedded one, and anvil as a process. They are for tests and demonstrations."""
