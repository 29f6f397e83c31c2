package org.mm4j.lab;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** A table for a terminal. The first column holds names, the others numbers. */
final class Columns {
    private static final String GAP = "  ";

    private Columns() {}

    /** A line for each row, the names aligned to the left and the numbers to the right. */
    static String render(Stream<?> header, Stream<Stream<?>> rows) {
        List<List<String>> cells = Stream.concat(Stream.of(header), rows)
                .map(row -> row.map(String::valueOf).toList())
                .toList();
        List<Integer> widths = new ArrayList<>();
        for (int column = 0; column < cells.getFirst().size(); column++) {
            int each = column;
            widths.add(
                    cells.stream().mapToInt(row -> row.get(each).length()).max().orElse(0));
        }
        StringBuilder text = new StringBuilder();
        cells.forEach(row -> append(text, row, widths));
        return text.toString();
    }

    private static void append(StringBuilder text, List<String> row, List<Integer> widths) {
        for (int column = 0; column < row.size(); column++) {
            String cell = row.get(column);
            String padding = " ".repeat(widths.get(column) - cell.length());
            text.append(column == 0 ? cell + padding : GAP + padding + cell);
        }
        text.append('\n');
    }
}
