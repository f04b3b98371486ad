"""How many packets a core forwards, by this project's node and by Janus, under the same load in the same run."""
