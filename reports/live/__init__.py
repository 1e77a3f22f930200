"""A run while it goes on: what is known so far, and the page that shows it. The verdict is made from the run file."""
