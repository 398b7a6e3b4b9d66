"""Google Drive as a source: sign-in for files, a client for the calls we make, and the source itself. Knows no rows and no framework."""
