"""File storage in a folder or a bucket: its errors, our S3 backend, and listing."""
