"""What an operator looks at: logs, numbers, traces. Whoever works tells these; none of them leaves
the machine, opens a port or writes a file unless it was configured.
"""
