package org.mm4j.lab.stress;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The classes in a jar. One thread. */
public final class ShippedClasses implements AutoCloseable {
    private final FileSystem jar;

    /** Opens a jar. */
    public ShippedClasses(Path file) throws IOException {
        jar = FileSystems.newFileSystem(file);
    }

    /** The internal names of the classes that a source file was compiled to: the one of its name, and those within. */
    List<String> ofSource(String packagePath, String className) throws IOException {
        Path folder = jar.getPath(packagePath);
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.equals(className + ".class")
                            || (name.startsWith(className + "$") && name.endsWith(".class")))
                    .map(name -> packagePath + "/" + name.substring(0, name.length() - ".class".length()))
                    .sorted()
                    .toList();
        }
    }

    ClassModel read(String internalName) throws IOException {
        return ClassFile.of().parse(Files.readAllBytes(jar.getPath(internalName + ".class")));
    }

    /** A method that a class declares itself, or null. */
    @Nullable
    MethodModel method(String internalName, String name, String type) throws IOException {
        if (!Files.exists(jar.getPath(internalName + ".class"))) {
            return null;
        }
        return read(internalName).methods().stream()
                .filter(method -> method.methodName().equalsString(name)
                        && method.methodType().equalsString(type))
                .findFirst()
                .orElse(null);
    }

    @Override
    public void close() throws IOException {
        jar.close();
    }
}
