"""``./diemcau simulate``: fills the running demonstration session with sites that are real but for the people in them.

Each signs in over HTTP, joins over the WebSocket as a page does, and sends and receives media through the node
(:mod:`media.simpeer`); what they say is synthetic and labelled so.
"""
