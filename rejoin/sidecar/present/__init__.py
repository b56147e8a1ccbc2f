"""A report in words and shares of a line: everything the page and the tables say, and no markup.

Pure: a report and a directory in, frozen views out. The templates and the terminal only lay out.
"""
