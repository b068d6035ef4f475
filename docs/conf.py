"""How is the documentation built: Sphinx, Markdown, one theme, and a reference from the code."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "_ext"))

import sillage

project = "Sillage"
author = "the Sillage authors"
copyright = "the Sillage authors, Apache-2.0"
version = release = sillage.__version__

extensions = ["myst_parser", "house"]
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "_ext", "conf.py"]

html_theme = "furo"
html_title = "Sillage"
html_static_path = ["_static"]
html_css_files = ["house.css"]
html_show_sphinx = False
html_show_sourcelink = html_copy_source = False
html_theme_options = {
    "light_css_variables": {
        "color-brand-primary": "#0b6e75",
        "color-brand-content": "#0b6e75",
        "font-stack": "system-ui, sans-serif",
    },
    "dark_css_variables": {
        "color-brand-primary": "#5cc8c4",
        "color-brand-content": "#5cc8c4",
    },
}
