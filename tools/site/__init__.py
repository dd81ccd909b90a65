"""What checks the page's scripts: types of its data, compiler, linter."""
