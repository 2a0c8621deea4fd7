#!/usr/bin/env bash
# A fleet as an array job of AWS Batch: each child plans a part of the accounts and leaves it on a shared file system.
#
#   aws batch register-job-definition --cli-input-json file://aws-batch.json   (with your image, roles and file system)
#   aws batch submit-job --job-name fleet --job-queue QUEUE --job-definition iamspec-fleet --array-properties size=8
#   aws batch submit-job --job-name fleet-report --job-queue QUEUE --job-definition iamspec-fleet \
#     --depends-on jobId=ID-OF-THE-ARRAY --container-overrides 'command=["bash","/fleet/aws-batch.sh","report"]'
#
# The image has iamspec, this script, and the spec in /fleet. Its job role is fleet-plan of hub/, with the trust
# {Service: ecs-tasks.amazonaws.com}. A child that is lost begins its part anew. Step Functions does the same with a
# distributed Map over the numbers 0 to 7, each of which starts this script with AWS_BATCH_JOB_ARRAY_INDEX set.
set -euo pipefail
cd "${FLEET:-/fleet}"
if [ "${1:-part}" = report ]; then
  mapfile -t parts < <(seq -f "$RESULTS/part-%g" 0 "$((SHARDS - 1))")
  exec iamspec fleet report "${parts[@]}" --out "$RESULTS/whole"
fi
part="$RESULTS/part-$AWS_BATCH_JOB_ARRAY_INDEX"
work="$part.${AWS_BATCH_JOB_ATTEMPT:-1}.$$"
iamspec fleet plan fleet.yaml --shard "$((AWS_BATCH_JOB_ARRAY_INDEX + 1))/$SHARDS" --out "$work" > /dev/null ||
  test -f "$work/fleet.json" # accounts in error stand in the report
rm -rf "$part"
mv "$work" "$part"
