"""Reading resource directories, as they are published, into ours.

Takes HSDS 3.0 as JSON (one object, a list, page envelopes, lines) or as tables, and HSDS 1.x tables. Reads in
one pass without holding the directory in memory, decides for every odd value what to make of it, and ends
with a report that leaves nothing out. What is not understood is kept, as it came, beside what is.
"""
