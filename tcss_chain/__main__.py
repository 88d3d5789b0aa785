"""Run the command line as ``python -m tcss_chain``."""

from tcss_chain.cli.main import main

if __name__ == "__main__":
    main()
