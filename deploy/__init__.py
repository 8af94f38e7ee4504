"""Everything needed to run Foothold: locally from wheels, in containers, on Kubernetes."""
