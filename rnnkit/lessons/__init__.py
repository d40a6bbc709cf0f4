"""What teaches: the words of the field, one plain sentence each."""
