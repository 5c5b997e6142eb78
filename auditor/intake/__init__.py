"""What a city says of itself and hands in by rounds: claims, evidence lists, ledgers, receipts."""
