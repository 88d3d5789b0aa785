"""Reading and checking trace records: needs a node and the contract's address, nothing else."""
