"""The assets, one module for each stage of the flow. A body calls the part that knows and shows what came out."""
