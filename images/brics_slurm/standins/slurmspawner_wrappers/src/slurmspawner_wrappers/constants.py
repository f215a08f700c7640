"""Where Slurm's commands are and how the job number arrives.

The paths are absolute: a user's PATH must not decide what runs.
"""

import re

SBATCH = "/usr/bin/sbatch"
SQUEUE = "/usr/bin/squeue"
SCANCEL = "/usr/bin/scancel"

# "%T %B": the long form of the state, then the host that runs the batch script (squeue(1), --format).
SQUEUE_FORMAT = "%T %B"

JOB_ID_VARIABLE = "SLURMSPAWNER_JOB_ID"

# A job number, or JOB_TASK for one task of an array (squeue(1), --jobs). ASCII digits only.
JOB_ID_PATTERN = re.compile(r"[0-9]{1,20}(?:_[0-9]{1,20})?")
