# SPDX-License-Identifier: GPL-2.0
"""How Sphinx makes the documentation: make docs."""
import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.dont_write_bytecode = True

project = "nsinspect"
author = "nsinspect maintainers"
project_copyright = "nsinspect maintainers, GPL-2.0"
# The one place that has the version.
release = version = (HERE.parent / "VERSION").read_text(encoding="utf-8").strip()

extensions = ["sphinx.ext.graphviz", "reference"]
graphviz_output_format = "svg"
html_theme = "alabaster"
html_theme_options = {"description": "the namespaces of all tasks as the kernel has them",
                      "page_width": "1100px", "fixed_sidebar": True}
html_copy_source = False
# Screens and commands are no Python.
highlight_language = "none"
