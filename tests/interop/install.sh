#!/usr/bin/env bash
# Installs what the tests of this folder talk with into a folder outside the tree: the SDKs, their suite, the mock.
#
#     install.sh CACHE
#
# Does nothing if the same versions are there. Needs python3 with venv, node and npm.
set -euo pipefail

cache="${1:?install.sh CACHE: the folder for the packages}"
openai=3.54.0
anthropic=2.12.0
openai_node=7.57.0
mock=0.22.2
stamp="openai $openai anthropic $anthropic node $openai_node mock $mock"

if [ "$(cat "$cache/stamp" 2>/dev/null)" = "$stamp" ]; then
  exit 0
fi
rm -rf "$cache"/{stamp,venv,src,node}
mkdir -p "$cache/src"
python3 -m venv "$cache/venv"
"$cache/venv/bin/pip" install --quiet "openai[aiohttp,realtime]==$openai" "anthropic==$anthropic" \
  'pytest==9.2.0' 'pytest-asyncio==1.5.0' 'inline-snapshot==0.36.1' 'rich==15.0.0' 'trio==0.35.0'
# The suite is in the source package only.
"$cache/venv/bin/pip" download --quiet --no-deps --no-binary openai "openai==$openai" --dest "$cache/src"
tar -xzf "$cache/src/openai-$openai.tar.gz" -C "$cache/src"
rm "$cache/src/openai-$openai.tar.gz"
npm install --silent --no-audit --no-fund --prefix "$cache/node" "openai@$openai_node" "@stdy/cli@$mock"
echo "$stamp" >"$cache/stamp"
