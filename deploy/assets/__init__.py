"""Other people's browser code, vendored: fetched from npm, checked, made ours, and written down file by file.

`make assets` fetches it all again. What it writes is committed with a manifest, so that a checkout needs no
npm, a page asks nobody else for anything, and a change of a single byte is seen.
"""
