package org.mm4j.vmalloc;

import java.util.function.Supplier;

/** Who called vmalloc: the first method on the stack that is not part of it, as {@code Class.method+line}. */
final class CallerNames implements Supplier<String> {
    private static final String OWN_PACKAGE = CallerNames.class.getPackageName() + ".";
    private static final String API_PACKAGE = "org.mm4j.api.";

    private final StackWalker walker = StackWalker.getInstance();

    @Override
    public String get() {
        return walker.walk(frames -> frames.filter(frame -> !isOwn(frame.getClassName()))
                .findFirst()
                .map(CallerNames::name)
                .orElse(""));
    }

    private static boolean isOwn(String className) {
        return className.startsWith(API_PACKAGE)
                || (className.startsWith(OWN_PACKAGE) && className.indexOf("Test", OWN_PACKAGE.length()) < 0);
    }

    private static String name(StackWalker.StackFrame frame) {
        String className = frame.getClassName();
        return className.substring(className.lastIndexOf('.') + 1)
                + '.'
                + frame.getMethodName()
                + '+'
                + frame.getLineNumber();
    }
}
