"""All reports, for people and for machines. Start with `formats`, then `text`. Each command imports its own formats only."""
