"""The command line: one file a command. This room sees all others but the fleet, and never imports Locust.

Importing Locust patches the process with gevent, so `tacorush run` starts `python -m locust` as a child; the parent
stays plain Python, outlives what it started, and judges when all is done.
"""
