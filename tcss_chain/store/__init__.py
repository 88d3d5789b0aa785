"""The durable state of a participant or an auditor: one SQLite file, its secrets sealed at rest."""
