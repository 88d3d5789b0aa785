"""What an operator configures: files, wallets and passphrases of a participant or an auditor."""
