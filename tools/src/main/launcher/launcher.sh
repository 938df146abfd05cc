#!/bin/sh
# talea, one file: this shell script, and behind it the program as a jar. Java finds the jar by its end,
# the shell stops reading at "exec". Called by the name talead it shows the daemon's commands.
name=${0##*/}

# Sets $version to the major version of the java command $1. The file "release" of the JDK answers without
# starting a JVM, which would cost as much as a whole short command.
version_of() {
  version=
  home=$(readlink -f "$1" 2>/dev/null) && home=${home%/bin/java}
  if [ -n "$home" ] && [ -r "$home/release" ]; then
    while IFS='=' read -r key value; do
      if [ "$key" = JAVA_VERSION ]; then version=${value#\"}; fi
    done <"$home/release"
  fi
  if [ -z "$version" ]; then
    version=$("$1" -version 2>&1 | sed -n 's/^.* version "\([^"]*\)".*$/\1/p' | head -n 1)
  fi
  version=${version#1.}
  version=${version%%[!0-9]*}
}

# A descriptor that is closed would be given to the next file that is opened, and that is the jar: it would be read
# as input, or written to. Copied to another number, because to itself some shells need not look at it.
{ true 9<&0; } 2>/dev/null || exec </dev/null
{ true 9>&1; } 2>/dev/null || exec >/dev/null
true 9>&2 || exec 2>/dev/null

java=
found=
for candidate in "${JAVA_HOME:+$JAVA_HOME/bin/java}" "$(command -v java 2>/dev/null)"; do
  if [ -n "$candidate" ] && [ -x "$candidate" ]; then
    version_of "$candidate"
    if [ "${version:-0}" -ge 17 ]; then
      java=$candidate
      break
    fi
    found="$found, $candidate is Java ${version:-of an unknown version}"
  fi
done
if [ -z "$java" ]; then
  if [ -n "$found" ]; then
    echo "$name: needs Java 17 or newer${found}: install one, or point JAVA_HOME at it." >&2
  else
    echo "$name: needs Java 17 or newer, and there is none in JAVA_HOME or PATH: install one, or point JAVA_HOME at it." >&2
  fi
  exit 1
fi

# Without a UTF-8 locale Java would misread names on the command line.
case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
  *[Uu][Tt][Ff]8* | *[Uu][Tt][Ff]-8*) ;;
  *) LC_ALL=C.UTF-8 && export LC_ALL ;;
esac

# Short commands start faster without the optimising compiler; what serves or loads needs it.
flags='-XX:TieredStopAtLevel=1 -XX:+UseSerialGC'
for argument in "$@"; do
  case $argument in serve | up | worker | load) flags= ;; esac
done
# Netty uses Unsafe; from 23 on Java knows this switch, and from 24 on it warns without it.
if [ "$version" -ge 23 ]; then
  flags="$flags --sun-misc-unsafe-memory-access=allow"
fi
if [ -t 1 ]; then flags="$flags -Dtalea.stdout.terminal=true"; fi
if [ -t 2 ]; then
  flags="$flags -Dtalea.stderr.terminal=true"
  columns=$(stty size <&2 2>/dev/null) && columns=${columns#* } && [ "$columns" -gt 20 ] && flags="$flags -Dtalea.columns=$columns"
fi

# The daemon warns about variables of ours that it does not know, so these end here.
options=${TALEA_JAVA_OPTS:-}
command=${TALEA_COMMAND:-$0}
unset TALEA_JAVA_OPTS TALEA_COMMAND

# The build may have left a class archive for this Java beside the file; one that does not fit is passed over
# in silence. Java compares the path of the jar too, hence the file's real name.
self=$(readlink -f "$0" 2>/dev/null) || self=$0
archive=$self.$version.jsa
[ -r "$archive" ] || archive=

# shellcheck disable=SC2086 # flags and options are lists of words
exec "$java" -XX:-UsePerfData -Xshare:auto $flags ${archive:+-Xlog:cds=off -Xlog:cds+dynamic=off "-XX:SharedArchiveFile=$archive"} $options -Dtalea.name="$name" -Dtalea.command="$command" -jar "$self" "$@"
exit 1
