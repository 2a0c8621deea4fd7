#!/usr/bin/env bash
# A fleet on a Dask cluster. Every worker has the same version of iamspec, the spec in the same folder, and a way to the
# credentials of its own: an instance role, IRSA, a profile. Tasks say which role to assume, and carry no credentials.
#
# On this machine, plain:
#
#   pip install 'iamspec[dask]'
#   dask scheduler --host 127.0.0.1 --port 8786 &
#   for _ in 1 2 3; do dask worker tcp://127.0.0.1:8786 --nthreads 4 --memory-limit 600MB & done
#   ./dask.sh dask://127.0.0.1:8786
#
# On other machines, with TLS. Whoever can send tasks to a worker can do whatever its role may, so scheduler, workers
# and this client all show a certificate of a CA that you keep for this cluster alone:
#
#   export DASK_DISTRIBUTED__COMM__TLS__CA_FILE=ca.pem
#   export DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT=client.pem DASK_DISTRIBUTED__COMM__TLS__CLIENT__KEY=client.key
#   dask scheduler --protocol tls --tls-ca-file ca.pem --tls-cert scheduler.pem --tls-key scheduler.key
#   dask worker tls://scheduler.internal:8786 --tls-ca-file ca.pem --tls-cert worker.pem --tls-key worker.key
#   ./dask.sh dask+tls://scheduler.internal:8786
#
# A worker that is lost costs nothing but time: its plans are made again elsewhere. An apply is never run twice: its
# journal is kept on this machine, line by line, and the report names the account.
set -euo pipefail
executor=${1:?the address of the scheduler, such as dask://127.0.0.1:8786}
plans=${2:-plans}
iamspec fleet plan fleet.yaml --executor "$executor" --out "$plans"
echo "read it, then: iamspec fleet apply $plans --executor $executor --expect FINGERPRINT"
