"""The pages. Views parse, authorise and call one domain function; words and layout are in templates/.

Here live the routes, the forms made from manifests and what pages show of rows. No rule about jobs does.
"""
