"""The model: arrays, frames and frozen dataclasses in and out; no file, clock, chance or word."""
