"""The participant: runs sessions from configuration and chain alone, and holds the final share."""
