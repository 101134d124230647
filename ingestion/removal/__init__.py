"""What may not be held: sealed records, persons who asked to be erased, and deliveries past their time."""
