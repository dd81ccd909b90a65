"""How the outputs of stages are kept, and read by the stages that follow."""
