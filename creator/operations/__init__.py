"""The page on which staff see at once whether the site works: queue, nodes, what ended, deliveries, schedule."""
