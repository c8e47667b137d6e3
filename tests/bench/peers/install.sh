#!/bin/sh
# Installs the gateways that the bench can compare to below a folder, each from its own registry, for
# `patchbay-bench --only peers --peers FOLDER`. Nothing is started, and nothing outside the folder is changed.
#
#     install.sh FOLDER [nginx] [smg] [portkey] [litellm]
#
# It needs python3 with venv, node with npm, and on Debian apt-get with its lists (for nginx). LiteLLM takes 750 MB.
# One that cannot be installed does not keep the others from it; the bench says which are missing.
set -u

usage() {
    echo "usage: $0 FOLDER [nginx] [smg] [portkey] [litellm]" >&2
    exit 2
}

# The package, unpacked: no service is started.
install_nginx() {
    cd "$1" && apt-get download nginx nginx-common && for package in ./*.deb; do
        dpkg-deb --extract "$package" . || return 1
    done && rm -f ./*.deb && ./usr/sbin/nginx -v 2>&1 | sed 's|.*nginx/||' >version
}

# Into an environment of its own: FOLDER, the package with its extras, its name alone.
install_python() {
    python3 -m venv "$1" && "$1/bin/pip" install --quiet --no-input --disable-pip-version-check "$2" &&
        "$1/bin/python" -c "import importlib.metadata as m; print(m.version('$3'))" >"$1/version"
}

install_smg() { install_python "$1" smg smg; }

install_litellm() { install_python "$1" 'litellm[proxy]' litellm; }

install_portkey() {
    npm install --silent --ignore-scripts --no-fund --no-audit --prefix "$1" @portkey-ai/gateway &&
        node -p "require('$1/node_modules/@portkey-ai/gateway/package.json').version" >"$1/version"
}

[ $# -ge 1 ] || usage
mkdir -p "$1" && folder=$(cd "$1" && pwd) || exit 1
shift
[ $# -ge 1 ] || set -- nginx smg portkey litellm

failed=0
for name in "$@"; do
    case $name in nginx | smg | portkey | litellm) ;; *) usage ;; esac
    mkdir -p "$folder/$name"
    if ("install_$name" "$folder/$name"); then
        echo "$name $(cat "$folder/$name/version")"
    else
        echo "$name: not installed" >&2
        failed=1
    fi
done
exit $failed
