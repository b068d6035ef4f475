"""Where is the source, how much does it emit, and how sure is that.

Readings and wind in, a `SourceEstimate` out. Start with `sillage.localise.estimate`.
"""
