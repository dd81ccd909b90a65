"""From a config to records: resolve names, plan stages, run them, store what they give."""
