"""Message classes made from `contracts/proto` by `python -m contracts.generate`; never edited by hand."""
