"""What the whole suite shares."""

import os

from hypothesis import settings

# A loaded machine is no counterexample, and continuous integration has to repeat itself.
settings.register_profile("suite", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("suite")
