#!/bin/sh
# Install the auditor from this folder alone, into a new virtual environment. No network is used.
# 只用本文件夹安装审核工具，装入新的虚拟环境，不联网。
#
#   sh install.sh TARGET            TARGET: folder of the environment  虚拟环境的文件夹
#
#   PYTHON=python3.11               which Python (its version must be that of the bundle)
#   AUDITOR_CACHE=FOLDER            where models go and later are looked for; default ~/.cache
#                                   模型放在何处；运行时须设同样的值
#   FONTS=no                        do not add fonts to this user's  不安装字体
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
TARGET=${1:?用法 usage: sh install.sh TARGET}
PYTHON=${PYTHON:-python3}

say() { printf '%s\n' "$*"; }
fact() { sed -n "s/^  \"$1\": \"\(.*\)\",\{0,1\}\$/\1/p" "$HERE/bundle.json"; }

same() {
    if [ "$2" != "$3" ]; then
        say "本安装包用于 $1 $2，这里是 $3。This bundle is for $1 $2; here is $3." >&2
        exit 2
    fi
}

if [ -e "$TARGET" ]; then
    say "$TARGET 已存在，没有改动。It is there already; nothing was changed." >&2
    exit 2
fi
same system "$(fact system)" "$(uname -s)"
same machine "$(fact machine)" "$(uname -m)"
same Python "$(fact python)" "$("$PYTHON" -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
sh "$HERE/verify.sh"

"$PYTHON" -m venv "$TARGET"
"$TARGET/bin/python" -m pip install -q --no-index --disable-pip-version-check \
    --find-links "$HERE/wheels" --require-hashes --no-deps -r "$HERE/requirements.txt"

CACHE=${AUDITOR_CACHE:-$("$TARGET/bin/python" -c \
    'import platformdirs; print(platformdirs.user_cache_dir("ctmm-auditor"))')}
if [ -d "$HERE/models" ]; then
    mkdir -p "$CACHE/models"
    for model in "$HERE"/models/*; do
        place=$CACHE/models/$(basename "$model")
        [ -e "$place" ] || { cp -R "$model" "$place.part" && mv "$place.part" "$place"; }
    done
fi

has_font() { command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh-cn family)" ]; }
if [ -d "$HERE/fonts" ] && [ "${FONTS:-yes}" != no ] && ! has_font; then
    place=${XDG_DATA_HOME:-$HOME/.local/share}/fonts/ctmm-auditor
    mkdir -p "$place"
    cp "$HERE"/fonts/* "$place"
    if command -v fc-cache >/dev/null 2>&1; then fc-cache "$place"; fi
fi

say "装好了。Installed: $TARGET/bin/auditor"
say "请运行 Now run: $TARGET/bin/auditor doctor --deep"
