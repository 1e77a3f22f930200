"""Two runs held against each other: what got worse or better between them, and what they cannot tell."""
