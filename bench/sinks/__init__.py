"""Mail servers and a Graph on loopback that do as little as possible, and count. Each is a process of its own."""
