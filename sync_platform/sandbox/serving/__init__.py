"""HTTP for the partner systems: requests, answers, injected faults and the sockets, whatever the dialect."""
