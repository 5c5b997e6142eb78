"""The pages of the review workbench: FastAPI, server-rendered, all assets local."""
