"""The engines that the benchmark compares, and the limit of the machine that they are measured against."""
