# Sourced by every script of this repository: puts a JDK of at least $MM_JDK into JAVA_HOME, or ends the script.
MM_JDK=25

# The home of the user, where nothing exported it.
: "${HOME:=$(eval "echo ~$(id -un)")}"
export HOME

# The feature version of the JDK in the folder $1; nothing when it is none.
mm_feature() {
  [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"
}

# The lowest version that suffices, so that every machine builds with the same one where it can.
mm_find_jdk() {
  mm_best= mm_bestv=
  mm_path=$(command -v javac 2>/dev/null) && mm_path=$(readlink -f "$mm_path" 2>/dev/null) && mm_path=${mm_path%/bin/javac}
  for mm_dir in "${JAVA_HOME-}" "$mm_path" "${JAVA25_HOME-}" ${MM_JDK_DIRS-/usr/lib/jvm/* /opt/java/* /opt/jdk* /usr/local/openjdk* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$HOME"/.local/share/mise/installs/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home}; do
    [ -n "$mm_dir" ] || continue
    mm_v=$(mm_feature "$mm_dir")
    [ -n "$mm_v" ] && [ "$mm_v" -ge $MM_JDK ] || continue
    if [ -z "$mm_bestv" ] || [ "$mm_v" -lt "$mm_bestv" ]; then mm_best=$mm_dir mm_bestv=$mm_v; fi
  done
  if [ -z "$mm_best" ]; then
    echo "mm4j needs a JDK $MM_JDK or newer, and none was found (JAVA_HOME: ${JAVA_HOME:-not set}; javac on the PATH: ${mm_path:-none}; /usr/lib/jvm, /opt, ~/.sdkman, ~/.jdks): install one, or set JAVA_HOME to its folder." >&2
    exit 78
  fi
  JAVA_HOME=$mm_best
  export JAVA_HOME
}
mm_find_jdk
