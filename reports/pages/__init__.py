"""The pages that show a judged run: one self-contained HTML file and one Markdown summary, from the same plain values.

Everything is a pure function of the run file and the objectives: the same run gives the same bytes. No page asks the
network for anything, needs JavaScript, or trusts a word that came from outside.
"""
