"""What is published, looked at again: scores computed anew, cells run anew."""
