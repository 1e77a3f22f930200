"""Calls on the wire: the ports for both sides, and the transports that fill them. This room imports no other."""
