"""A ticket platform written from PLATFORM.md and the contract alone, unlike the harness's own fakes where it may be."""
