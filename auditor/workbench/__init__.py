"""The review workbench without its pages: a workspace, who is in it, and what they may do."""
