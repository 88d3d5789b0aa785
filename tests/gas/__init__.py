"""What every transaction costs, and that it costs what is written down."""
