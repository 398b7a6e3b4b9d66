"""What watchers see of a job: the snapshot that pages, sockets and polling share, and the sockets themselves.

Every transport reads the rows and compares sequences; a wake-up carries no content and only triggers a read.
This package writes no rows. The only thing it stores is previews, in the cache.
"""
