"""HTTP/2 (RFC 9113) without I/O: bytes in, events out; calls in, bytes out. No socket, clock, thread, loop."""
