"""The services that organisations run: a participant, or an auditor, in any number of sessions at once."""
