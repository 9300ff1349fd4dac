"""Custom resources: what a CustomResourceDefinition's schema does to their objects, and what it may be itself."""
