"""What it costs: figures measured side by side in one run, as rows and ratios. CPU a call is the steadier figure."""
