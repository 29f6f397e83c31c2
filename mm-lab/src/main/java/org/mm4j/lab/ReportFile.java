package org.mm4j.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/** The file that a report goes to. What would prevent that is told before the work, not after it. */
final class ReportFile {
    private final Path path;

    ReportFile(String name) {
        try {
            path = Path.of(name).toAbsolutePath();
        } catch (InvalidPathException e) {
            throw new UsageException("the report cannot go to " + name + ": this is no name of a file");
        }
        Path folder = path.getParent();
        if (folder == null || Files.isDirectory(path)) {
            throw new UsageException("the report cannot go to " + name + ": this is a directory");
        }
        if (!Files.isDirectory(folder)) {
            throw new UsageException("the report cannot go to " + name + ": there is no directory " + folder);
        }
    }

    void write(String page) {
        try {
            Files.writeString(path, page);
        } catch (IOException e) {
            throw new UsageException("the report cannot be written to " + path);
        }
    }

    @Override
    public String toString() {
        return path.toString();
    }
}
