package org.mm4j.lab;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A directory with files that come and go with this process. A reader finds the text of one moment: each file is written
 * under another name and renamed.
 *
 * <p>A hidden file tells whose the others are, so that nothing is overwritten or removed that somebody else put there, and
 * so that what a process that was killed left behind can be taken over. Any thread may call any method.
 */
final class ProcFolder implements AutoCloseable {
    /** Its first line is the number of the process, the others are the files. */
    private static final String MARK = ".mm4j-proc";

    private static final int SHOWN_MAX = 3;

    private final Path folder;
    private final boolean isNew;
    private final Set<Path> files = new HashSet<>();

    /** What was written last, so that a text that stays is not written again. */
    private final Map<Path, String> written = new HashMap<>();

    private boolean isClosed;

    private ProcFolder(Path folder, boolean isNew) {
        this.folder = folder;
        this.isNew = isNew;
    }

    /**
     * Takes a directory, which is made when there is none.
     *
     * @throws UsageException when it holds what is not ours, or another process uses it
     */
    static ProcFolder open(String name) {
        Path folder = path(name);
        try {
            boolean isNew = !Files.exists(folder);
            if (isNew) {
                Files.createDirectory(folder);
            } else if (!Files.isDirectory(folder)) {
                throw new UsageException(name + " is a file, no directory");
            }
            takeOver(name, folder);
            ProcFolder taken = new ProcFolder(folder, isNew);
            taken.mark();
            return taken;
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    private static Path path(String name) {
        try {
            Path path = Path.of(name).toAbsolutePath().normalize();
            Path above = path.getParent();
            if (above != null && !Files.isDirectory(above)) {
                throw new UsageException("there is no directory " + above + " for " + name);
            }
            return path;
        } catch (InvalidPathException e) {
            throw new UsageException(name + " is no name of a directory");
        }
    }

    private void mark() throws IOException {
        List<String> lines = new ArrayList<>();
        lines.add(Long.toString(ProcessHandle.current().pid()));
        files.stream().map(file -> folder.relativize(file).toString()).sorted().forEach(lines::add);
        replace(folder.resolve(MARK), String.join("\n", lines) + "\n");
    }

    /** Removes what a process has left that is gone; then nothing may be left. */
    private static void takeOver(String name, Path folder) throws IOException {
        Path mark = folder.resolve(MARK);
        if (Files.isRegularFile(mark)) {
            List<String> lines = Files.readAllLines(mark);
            Optional<Long> owner = lines.stream().limit(1).map(ProcFolder::pid).findFirst();
            if (owner.flatMap(ProcessHandle::of).filter(ProcessHandle::isAlive).isPresent()) {
                throw new UsageException(name + " is in use by the process " + owner.orElseThrow());
            }
            Set<Path> left = new HashSet<>();
            lines.stream()
                    .skip(1)
                    .map(file -> folder.resolve(file).normalize())
                    .filter(file -> file.startsWith(folder))
                    .forEach(left::add);
            remove(folder, left);
            Files.delete(mark);
        }
        try (Stream<Path> foreign = Files.list(folder)) {
            List<String> names =
                    foreign.map(file -> file.getFileName().toString()).sorted().toList();
            if (!names.isEmpty()) {
                throw new UsageException(name + " has files of somebody else: "
                        + String.join(", ", names.subList(0, Math.min(names.size(), SHOWN_MAX)))
                        + (names.size() > SHOWN_MAX ? ", ..." : "") + "; name an empty directory or a new one");
            }
        }
    }

    private static long pid(String line) {
        try {
            return Long.parseLong(line);
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /** Writes files, by their names relative to the directory, and removes all others of before. Nothing once it is closed. */
    synchronized void write(Map<String, String> texts) {
        if (isClosed) {
            return;
        }
        try {
            boolean hasNew = false;
            for (String name : texts.keySet()) {
                hasNew |= files.add(folder.resolve(name));
            }
            if (hasNew) {
                mark();
            }
            for (Map.Entry<String, String> text : texts.entrySet()) {
                Path file = folder.resolve(text.getKey());
                if (!text.getValue().equals(written.get(file))) {
                    makeFoldersOf(file);
                    replace(file, text.getValue());
                    written.put(file, text.getValue());
                }
            }
            removeOthers(texts);
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    /** Files of before that are there no more. */
    private void removeOthers(Map<String, String> texts) throws IOException {
        Set<Path> others = new HashSet<>(files);
        texts.keySet().forEach(name -> others.remove(folder.resolve(name)));
        remove(folder, others);
        files.removeAll(others);
        written.keySet().removeAll(others);
    }

    private static void replace(Path file, String text) throws IOException {
        Path temporary = besides(file);
        Files.writeString(temporary, text);
        Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /** Where a text is written before it becomes the file's. */
    private static Path besides(Path file) {
        return file.resolveSibling("." + file.getFileName() + ".new");
    }

    private void makeFoldersOf(Path file) throws IOException {
        Path above = file.getParent();
        if (above != null && !Files.isDirectory(above)) {
            makeFoldersOf(above);
            Files.createDirectory(above);
        }
    }

    private static UsageException unwritable(Path file, IOException e) {
        return new UsageException(file + " cannot be written: " + e);
    }

    /** Removes all that was written, and the directory if it was made here. */
    @Override
    public synchronized void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        files.add(folder.resolve(MARK));
        try {
            remove(folder, files);
            if (isNew) {
                removeIfEmpty(folder);
            }
        } catch (IOException e) {
            throw unwritable(folder, e);
        }
    }

    private static void remove(Path folder, Set<Path> files) throws IOException {
        for (Path file : files) {
            Files.deleteIfExists(file);
            Files.deleteIfExists(besides(file));
        }
        for (Path file : files) {
            removeFoldersOf(file, folder);
        }
    }

    /** Removes the directories between a file and the folder that are empty. */
    private static void removeFoldersOf(Path file, Path folder) throws IOException {
        Path above = file.getParent();
        if (above != null && above.startsWith(folder) && !above.equals(folder)) {
            removeIfEmpty(above);
            removeFoldersOf(above, folder);
        }
    }

    private static void removeIfEmpty(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try (Stream<Path> rest = Files.list(folder)) {
            if (rest.findAny().isPresent()) {
                return;
            }
        }
        Files.delete(folder);
    }
}
