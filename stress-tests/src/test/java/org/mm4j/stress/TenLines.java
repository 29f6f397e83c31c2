package org.mm4j.stress;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.ToolProvider;

/** The Java lines of a README, and what it says that they print. */
record TenLines(List<String> lines, List<String> prints) {
    private static final Pattern JAVA = Pattern.compile("(?s)```java\\n(.*?)```\\n(.*)");
    private static final Pattern PRINTS =
            Pattern.compile("(?s)\\s*It prints\\s+(`[^`]+`(?:(?:,|,?\\s+and)\\s+`[^`]+`)*)");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");

    /** The first ones of a README, if it has any. */
    static TenLines of(String readme) {
        Matcher java = JAVA.matcher(readme);
        if (!java.find()) {
            return new TenLines(List.of(), List.of());
        }
        Matcher prints = PRINTS.matcher(java.group(2));
        List<String> code = prints.lookingAt()
                ? CODE.matcher(prints.group(1)).results().map(m -> m.group(1)).toList()
                : List.of();
        return new TenLines(java.group(1).lines().toList(), code);
    }

    /** Compiles the lines with all of mm4j imported, and runs them; returns what they print. */
    List<String> run(List<String> packages, Path folder) throws Exception {
        Path source = folder.resolve("Lines.java");
        Files.writeString(source, program(packages));
        compile(source);
        try (URLClassLoader loader =
                new URLClassLoader(new URL[] {folder.toUri().toURL()}, TenLines.class.getClassLoader())) {
            Method method = loader.loadClass("Lines").getDeclaredMethod("run");
            method.setAccessible(true);
            return printedBy(method);
        }
    }

    private String program(List<String> packages) {
        StringBuilder text = new StringBuilder("import module java.base;\n");
        packages.forEach(name -> text.append("import ").append(name).append(".*;\n"));
        text.append("class Lines {\n    static void run() throws Exception {\n");
        lines.forEach(line -> text.append(line).append('\n'));
        return text.append("    }\n}\n").toString();
    }

    private static void compile(Path source) throws IOException {
        var compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        try (var files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            List<String> options = List.of(
                    "-d", source.getParent().toString(), "-proc:none", "-cp", System.getProperty("java.class.path"));
            if (!compiler.getTask(messages, files, null, options, null, files.getJavaFileObjects(source))
                    .call()) {
                throw new AssertionError(messages.toString());
            }
        }
    }

    private static List<String> printedBy(Method method) throws ReflectiveOperationException {
        PrintStream console = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
        try {
            method.invoke(null);
        } catch (InvocationTargetException e) {
            throw new AssertionError("the lines throw", e.getCause());
        } finally {
            System.setOut(console);
        }
        return printed.toString(StandardCharsets.UTF_8).lines().toList();
    }
}
