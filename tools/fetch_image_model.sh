#!/usr/bin/env bash
# fetch_image_model.sh PROGRAM MODEL [REGISTRY]: pulls a model into the store that SAMOVAR_MODELS names, checks that it can be
# read, and leaves it under its plain name wherever it came from. MODEL "none" makes an empty store.
set -euo pipefail
readonly PROGRAM="$1" MODEL="$2" REGISTRY="${3:-}"

mkdir -p "$SAMOVAR_MODELS"
[[ "$MODEL" == none ]] && exit 0
if [[ -z "$REGISTRY" ]]; then
  "$PROGRAM" pull "$MODEL"
else
  name="$REGISTRY/library/$MODEL"
  # A registry inside a network of one's own often has no certificate.
  "$PROGRAM" pull --insecure "$name"
  "$PROGRAM" cp "$name" "$MODEL"
  "$PROGRAM" rm "$name"
fi
"$PROGRAM" show "$MODEL"
