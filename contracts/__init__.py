"""The platform's published wire contract: messages, the catalogue of methods, and what an answer means.

`proto/` holds the eleven published files, `messages/` the classes made from them (`python -m contracts.generate`),
`catalogue` the 50 methods and `outcomes` the table that says what an answer is worth. This room imports no other.
"""
