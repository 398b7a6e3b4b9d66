#!/usr/bin/env bash
# picture.sh PHOTO PRESET RESULT: has a picture made. CREATOR_SITE and CREATOR_KEY say where and for whom.
set -euo pipefail
photo=$1 preset=$2 result=$3 api=$CREATOR_SITE/api/v1
ask() { curl --fail-with-body -sS -H "Authorization: Bearer $CREATOR_KEY" "$@"; }
value() { grep -o "\"$1\": *\"[^\"]*\"" | head -n 1 | cut -d '"' -f 4; }

upload=$(ask -F "file=@$photo" "$api/uploads" | value id)
job=$(ask -H "Content-Type: application/json" -H "Idempotency-Key: $upload" \
  -d "{\"preset\": \"$preset\", \"upload_id\": \"$upload\"}" "$api/jobs" | value job_id)
ask -N -H "Accept: text/event-stream" "$api/jobs/$job/events" | sed -un 's/.*"word": *"\([^"]*\)".*/\1/p'
url=$(ask "$api/jobs/$job" | grep -o '"kind": *"result"[^}]*' | value url)
curl --fail -sSL -o "$result" "$url"
