"""The drawing library inside a page: the bundle the plotly package carries, packed once a process.

A page carries it gzipped and in base 85 (five signs for four bytes, a fifth more where base64 takes
a third) and unpacks it in the browser, so that one file opens anywhere; pages that stay in one
folder can share a copy beside them instead.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup
from plotly.offline import get_plotlyjs, get_plotlyjs_version

SHARED_NAME = "charts.js"


@dataclass(frozen=True)
class Bundle:
    """The packed bundle, the CSP source of its text, its version."""

    packed: Markup
    source: str
    version: str


@cache
def bundle() -> Bundle:
    """Return the bundle, packed the first time it is asked for."""
    text = get_plotlyjs()
    return Bundle(pack(text), csp_source(text.encode()), get_plotlyjs_version())


def pack(text: str) -> Markup:
    """Return text packed for a page: gzip in base 85.

    Its signs are those of RFC 1924 with a comma for ``<``, so that none of them ends a script
    element or a string; nothing in them is to be escaped.

    Examples
    --------
    >>> len(pack("a" * 1_000)) < 60
    True
    """
    signs = base64.b85encode(gzip.compress(text.encode(), 9, mtime=0)).replace(b"<", b",")
    return Markup(signs.decode())


def csp_source(script: bytes) -> str:
    """Return what a Content-Security-Policy calls a script whose text is this.

    Examples
    --------
    >>> csp_source(b"")
    "'sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU='"
    """
    return f"'sha256-{base64.b64encode(hashlib.sha256(script).digest()).decode()}'"


def shared_file() -> str:
    """Return the text of the copy that pages of one folder share (`SHARED_NAME`)."""
    return f'globalThis.sendwarmthCharts = "{bundle().packed}";\n'
