"""What a plan comes to before anybody is asked: a rehearsal in virtual time, the figures that follow, and pictures."""
