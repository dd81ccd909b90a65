"""All that the page shows, as data: one module per part."""
