"""From records to leaderboards; reads a run or leaderboard folder and nothing else."""
