"""Many runs in the order of their time: how their figures went, and where they changed."""
