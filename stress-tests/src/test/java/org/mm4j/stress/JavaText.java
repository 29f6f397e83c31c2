package org.mm4j.stress;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What the tests of the source tree need to know of Java's grammar. */
final class JavaText {
    private static final Pattern TOKEN = Pattern.compile(
            "//[^\\n]*|/\\*.*?\\*/|\"\"\".*?\"\"\"|\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])+'",
            Pattern.DOTALL);

    private static final Pattern METHOD = Pattern.compile("(?m)^[ \\t]*+((?:(?:public|protected|private|static|final"
            + "|synchronized|default|abstract)\\s+)*)(?:<[^>{};]*>\\s+)?(\\w[\\w.<>\\[\\],?@ ]*?)\\s+(\\w+)\\s*"
            + "\\([^;{}]*\\)\\s*(?:throws\\s+[\\w.,\\s]+)?\\{");

    private JavaText() {}

    /** A method with a body. Its modifiers and body are text without comments and strings. */
    record Method(String modifiers, String name, String body) {}

    /** The text with comments, strings and characters made blank. */
    static String code(String text) {
        return TOKEN.matcher(text)
                .replaceAll(m -> Matcher.quoteReplacement(m.group().replaceAll("[^\\n]", " ")));
    }

    /** The methods of a file, those of its nested classes too. */
    static List<Method> methods(String text) {
        String code = code(text);
        List<Method> methods = new ArrayList<>();
        Matcher m = METHOD.matcher(code);
        while (m.find()) {
            if (!m.group(2).matches("new|return|else|throw")) {
                methods.add(new Method(m.group(1), m.group(3), body(code, m.end())));
            }
        }
        return methods;
    }

    private static String body(String code, int start) {
        int depth = 1;
        int at = start;
        while (depth > 0 && at < code.length()) {
            char c = code.charAt(at++);
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
        }
        return code.substring(start, at);
    }
}
