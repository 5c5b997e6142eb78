#!/bin/sh
# Install the system programs that the auditor can use beside its Python packages.
# 安装审核工具可选用的系统程序（Python 依赖之外的部分）。
#
#   sh scripts/install-system.sh           install what is missing (needs root or sudo)
#                                          安装缺少的程序（需要 root 或 sudo 权限）
#   sh scripts/install-system.sh --check   only tell what is there; exit code 1 if any is missing
#                                          只检查；有缺少时退出码为 1
#   sh scripts/install-system.sh --tests   also what only the tests need: chromium, which prints
#                                          the reports to PDF and opens the workbench; a PostgreSQL
#                                          that the tests start; ip (iproute2), with which they
#                                          make two machines of one
#                                          另装测试所用的 chromium（打印报告、打开工作台）、
#                                          PostgreSQL（由测试自行启动）和 ip（iproute2，
#                                          测试用它在一台机器上隔出两台）
#
# None of them is needed for PDF, DOCX, HTML, text and ZIP; without them the auditor says so
# for each file that would need one.
# PDF、DOCX、HTML、文本和 ZIP 不需要这些程序；缺少时，审核工具会对每个受影响的文件说明原因。
#
#   soffice (LibreOffice Writer, Calc, Impress)   DOC, WPS, RTF, XLS, PPT …; pages of DOCX
#                                                 旧版 Office、WPS 文件；DOCX 的页码
#   Noto CJK fonts 字体                            right line breaks in converted pages 转换后版面正确
#   bsdtar (libarchive), lsar, unar               7Z, RAR 压缩包
#   bwrap (bubblewrap)                            keeps the programs above from files and network
#                                                 隔离上述程序（不能访问其他文件和网络）
set -eu

PROGRAMS="soffice bsdtar lsar unar bwrap"
APT_PACKAGES="libreoffice-writer libreoffice-calc libreoffice-impress fonts-noto-cjk \
libarchive-tools unar bubblewrap"
DNF_PACKAGES="libreoffice-writer libreoffice-calc libreoffice-impress \
google-noto-sans-cjk-fonts google-noto-serif-cjk-fonts bsdtar unar bubblewrap"

say() { printf '%s\n' "$*"; }

has_font() {
    command -v fc-list >/dev/null 2>&1 && [ -n "$(fc-list :lang=zh-cn family)" ]
}

# Debian keeps the programs of PostgreSQL out of the path.
has_postgres() {
    command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1
}

# Print one line for each part; the exit code is 1 when any part is missing.
check() {
    missing=0
    if [ "$TESTS" = yes ] && has_postgres; then
        say "有   here     PostgreSQL"
    elif [ "$TESTS" = yes ]; then
        say "缺少 missing  PostgreSQL"
        missing=1
    fi
    for program in $PROGRAMS; do
        if path=$(command -v "$program"); then
            say "有   here     $program  $path"
        else
            say "缺少 missing  $program"
            missing=1
        fi
    done
    if has_font; then
        say "有   here     Chinese font 中文字体"
    else
        say "缺少 missing  Chinese font 中文字体"
        missing=1
    fi
    return "$missing"
}

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null 2>&1; then
        sudo "$@"
    else
        say "需要 root 权限，请用 root 运行，或安装 sudo。" >&2
        say "Root is needed: run this as root, or install sudo." >&2
        exit 3
    fi
}

install_packages() {
    if command -v apt-get >/dev/null 2>&1; then
        as_root apt-get update -q
        # shellcheck disable=SC2086  # a list of words is meant
        as_root env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y -q --no-install-recommends $APT_PACKAGES
    elif command -v dnf >/dev/null 2>&1; then
        # shellcheck disable=SC2086
        as_root dnf install -y --setopt=install_weak_deps=False $DNF_PACKAGES
    else
        say "只支持 apt-get（Debian/Ubuntu）和 dnf（Fedora 等）。请自行安装：$PROGRAMS" >&2
        say "Only apt-get and dnf are known here. Install by hand: $PROGRAMS" >&2
        exit 3
    fi
}

TESTS=no
if [ "${1:-}" = --tests ]; then
    TESTS=yes
    PROGRAMS="$PROGRAMS chromium ip"
    APT_PACKAGES="$APT_PACKAGES chromium postgresql iproute2"
    DNF_PACKAGES="$DNF_PACKAGES chromium postgresql-server iproute"
fi

case "${1:-}" in
    --check) check ;;
    "" | --tests)
        if check >/dev/null; then
            say "所需程序都已安装。Everything is here already."
        else
            install_packages
        fi
        check
        ;;
    *)
        say "用法 usage: sh scripts/install-system.sh [--check | --tests]" >&2
        exit 2
        ;;
esac
