"""Where the platform is and what may be done to it: addresses, the targets file, the permit to load, the probe."""
