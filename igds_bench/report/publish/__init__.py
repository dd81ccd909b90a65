"""Folders that others read: checked, compacted, merged, listed."""
