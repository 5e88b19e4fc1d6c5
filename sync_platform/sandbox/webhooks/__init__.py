"""What the shop and the payment gateway tell by themselves: signed, at times twice, out of order, or not theirs."""
