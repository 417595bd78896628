"""A local exchange: one matching engine per venue, spoken to in the venue's own words."""
