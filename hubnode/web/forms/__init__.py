"""Forms that follow from a kind's schema: what is typed becomes a body, a body becomes what stands in the inputs."""
