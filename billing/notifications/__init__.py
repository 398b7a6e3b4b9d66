"""What people are told of their plan and credits, by mail and on the page /notifications/.

`kinds.py` has the kinds. Each other file tells of one subject, in the transaction of its event.
"""
