"""The database: sqitch's plan, its scripts, and the loader that runs them through yoyo."""
