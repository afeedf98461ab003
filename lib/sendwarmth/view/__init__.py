"""Every word and picture a planner sees."""

from sendwarmth.model.findings import speak_with
from sendwarmth.view.words import sentence, words

__all__ = ["words"]

speak_with(sentence)
