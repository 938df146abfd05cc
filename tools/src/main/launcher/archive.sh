#!/bin/sh
# Prepares a class archive beside the binary for the Java that builds it: archive.sh BINARY JAVA_HOME. A start
# with it takes about half the time; without it, or if it fits no more, everything works all the same, so
# whatever goes wrong here is said and is no failure of the build.
binary=$(readlink -f "$1") || exit 0
java=$2/bin/java
version=
while IFS='=' read -r key value; do
  if [ "$key" = JAVA_VERSION ]; then version=${value#\"}; fi
done <"$2/release"
version=${version%%[!0-9]*}
archive=$binary.$version.jsa

rm -f "$binary".*.jsa
if [ -z "$version" ] || ! "$java" -Xlog:disable -XX:ArchiveClassesAtExit="$archive" -cp "$binary" dev.talea.tools.Rehearsal >/dev/null 2>&1 || [ ! -s "$archive" ]; then
  rm -f "$archive"
  echo "no class archive for Java ${version:-of an unknown version}: talea will start a little slower"
fi
