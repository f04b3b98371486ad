"""The program's tracks on their way from the node where a session lives (its home) to one with more of its viewers (an edge).

An edge is to the home one more subscriber, which takes every layer, as each of its viewers needs another one. Between them runs
TLS over TCP: nothing is lost or comes twice, and a message says what a layer's packet is, not how a browser would be sent it.
"""
