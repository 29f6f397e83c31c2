package org.mm4j.lab.stress;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.mm4j.lab.stress.Protocol.Tag;

/**
 * The page that tells of every protocol, stress-tests/PROTOCOLS.md, as far as a program reads it: sections, the tables of
 * their tags, and the tests that they name.
 *
 * <pre>
 *   ## `spinlock`: one holder at a time
 *   | tag | access | pairs with | tests | x86 | ARM |
 *   | [spinlock.R1] | unlock() stores FREE | [spinlock.A1] | SpinLock_01_MutualExclusion | green: ... | red: ... |
 * </pre>
 */
public final class ProtocolPage {
    private static final Pattern SECTIONS = Pattern.compile("(?m)^(?=## )");
    private static final Pattern SECTION = Pattern.compile("## `([a-z][a-z0-9-]*)`: (.+)");
    private static final Pattern TAG = Pattern.compile("\\[([a-z][a-z0-9-]*\\.[RA][0-9]+)]");
    private static final Pattern TEST = Pattern.compile("\\b[A-Z]\\w*_\\d\\d_\\w+\\b");
    private static final Pattern CELL = Pattern.compile("\\s*(?<!\\\\)\\|\\s*");
    private static final int CELLS = 6;

    private final List<Protocol> protocols;

    private ProtocolPage(List<Protocol> protocols) {
        this.protocols = List.copyOf(protocols);
    }

    /** Reads the page. */
    public static ProtocolPage read(Path file) throws IOException {
        return parse(Files.readString(file));
    }

    /** The page with this text. */
    public static ProtocolPage parse(String text) {
        List<Protocol> protocols = new ArrayList<>();
        for (String section : SECTIONS.splitAsStream(text).toList()) {
            var head = SECTION.matcher(section.lines().findFirst().orElse(""));
            if (head.matches()) {
                List<Tag> tags = section.lines()
                        .filter(line -> line.startsWith("| ["))
                        .map(ProtocolPage::tag)
                        .toList();
                protocols.add(new Protocol(head.group(1), head.group(2), tags, found(TEST, section, 0)));
            }
        }
        return new ProtocolPage(protocols);
    }

    private static Tag tag(String row) {
        List<String> cells = CELL.splitAsStream(row.strip().substring(1).strip())
                .map(String::strip)
                .toList();
        if (cells.size() != CELLS) {
            throw new IllegalArgumentException("the row has " + cells.size() + " cells, not " + CELLS + ": " + row);
        }
        List<String> names = found(TAG, cells.get(0), 1);
        if (names.size() != 1) {
            throw new IllegalArgumentException("the row is not of one tag: " + row);
        }
        return new Tag(
                names.getFirst(),
                cells.get(1),
                found(TAG, cells.get(2), 1),
                found(TEST, cells.get(3), 0),
                cells.get(4),
                cells.get(5));
    }

    private static List<String> found(Pattern pattern, String text, int group) {
        return pattern.matcher(text)
                .results()
                .map(match -> match.group(group))
                .distinct()
                .toList();
    }

    /** In the order of the page. */
    public List<Protocol> protocols() {
        return protocols;
    }

    /** All tags, in the order of the page. */
    public Stream<Tag> tags() {
        return protocols.stream().flatMap(protocol -> protocol.tags().stream());
    }

    /** The protocol of that name. */
    public Optional<Protocol> protocol(String name) {
        return protocols.stream()
                .filter(protocol -> protocol.name().equals(name))
                .findFirst();
    }

    /** The tag of that name, with or without its brackets. */
    public Optional<Tag> tag(CharSequence name) {
        String bare = name.toString().replaceAll("[\\[\\]]", "");
        return tags().filter(tag -> tag.name().equals(bare)).findFirst();
    }
}
