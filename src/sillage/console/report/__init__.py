"""What did the survey find, on one page that opens anywhere?

`draw_report` writes a single HTML file: no network, no fonts or scripts from elsewhere, and
nothing that needs a script to be read.
"""

from sillage.console.report.answer import Answer, Step, Truth, walk_back
from sillage.console.report.page import draw_report, page

__all__ = ["Answer", "Step", "Truth", "draw_report", "page", "walk_back"]
