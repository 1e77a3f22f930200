"""Recorded traffic: what other tools and real platforms saw, as counts per interval that can be driven again."""
