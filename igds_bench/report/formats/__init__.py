"""What a report is written as, besides the page."""
