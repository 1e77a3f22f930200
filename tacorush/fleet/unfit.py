"""How a run says that it cannot begin."""


class Unfit(Exception):  # noqa: N818 - the sentence that it holds is for people
    """The run cannot begin: says what is wrong, where, and what to do, in one line."""
