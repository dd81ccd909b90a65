"""The statistics on simulated tables whose truth is known."""
