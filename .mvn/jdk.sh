# Sourced by ./mvnw, ./mm and .ci/run: puts a JDK of at least $MM_JDK into JAVA_HOME, or says what to do.
MM_JDK=25
mm_feature() { [ -x "$1/bin/javac" ] && [ -r "$1/release" ] || return 0
  sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release"; }
mm_find_jdk() {
  mm_best= mm_bestv=
  mm_path=$(command -v javac 2>/dev/null) && mm_path=$(readlink -f "$mm_path" 2>/dev/null) && mm_path=${mm_path%/bin/javac}
  for d in "${JAVA_HOME-}" "$mm_path" "${JAVA25_HOME-}" ${MM_JDK_DIRS-/usr/lib/jvm/* /opt/java/* /opt/jdk* /usr/local/openjdk* "$HOME"/.sdkman/candidates/java/* "$HOME"/.jdks/* "$HOME"/.local/share/mise/installs/java/* /Library/Java/JavaVirtualMachines/*/Contents/Home}; do
    [ -n "$d" ] || continue
    v=$(mm_feature "$d"); [ -n "$v" ] && [ "$v" -ge $MM_JDK ] || continue
    if [ -z "$mm_bestv" ] || [ "$v" -lt "$mm_bestv" ]; then mm_best=$d mm_bestv=$v; fi   # lowest that suffices
  done
  if [ -z "$mm_best" ]; then
    echo "This project needs a JDK $MM_JDK or newer, and none was found." >&2
    echo "Looked at JAVA_HOME (${JAVA_HOME:-not set}), javac on the PATH (${mm_path:-none}), /usr/lib/jvm, /opt, ~/.sdkman, ~/.jdks." >&2
    echo "Install one (Temurin $MM_JDK, say), or set JAVA_HOME to where it is, and run the same command again." >&2
    exit 78
  fi
  JAVA_HOME=$mm_best; export JAVA_HOME
}
mm_find_jdk
