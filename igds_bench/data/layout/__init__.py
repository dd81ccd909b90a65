"""How the fields of rows become prompt and response: templates, shapes, filter expressions."""
