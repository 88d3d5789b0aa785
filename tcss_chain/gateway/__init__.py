"""The inference gateway: serves models that participants opened together, and traces who leaks."""
