"""Is it real, and which gas is it?"""
