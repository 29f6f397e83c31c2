package org.mm4j.lab.stress;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.mm4j.lab.stress.Outcome.Grade;

/**
 * Reads what jcstress prints when it is told to print everything ({@code -v}), line by line, while it runs: so there is a
 * result of every test that was done before somebody stopped it.
 *
 * <pre>
 *   .......... [FAILED] org.mm4j.api.Thing_01.Part
 *     RESULT  SAMPLES     FREQ      EXPECT  DESCRIPTION
 *       0, 1   55,664   10.92%  Acceptable  one came first
 *   ...
 *   RUN RESULTS:                                        all of it once more, added up; not read
 * </pre>
 *
 * <p>The format is that of one version of jcstress. If another one prints something else there are no results, and the
 * tests count as not run. Not thread-safe.
 */
public final class JcstressConsole {
    private static final Pattern TEST = Pattern.compile("\\s*\\.+ \\[([A-Z ]+)] (\\S+)\\s*");
    private static final Pattern OUTCOME = Pattern.compile(
            "\\s+(\\S.*?)\\s{2,}([\\d,]+)\\s+<?[\\d.]+%\\s+(Acceptable|Interesting|Forbidden|Unknown)\\s*(.*)");
    private static final Pattern NO_MESSAGE = Pattern.compile("\\s*(at |\\(|Messages:).*");
    private static final String MESSAGES = "Messages:";
    private static final String SUMMARY = "RUN RESULTS:";
    private static final int MESSAGES_MAX = 5;

    private final Map<String, TestOutcomes> tests = new TreeMap<>();

    private @Nullable TestOutcomes current;
    private String label = "";
    private boolean isSummary;
    private boolean isMessages;
    private final List<String> messages = new ArrayList<>();

    /** Reads a line. Returns the name of the test that it begins to tell of, or null. */
    @Nullable
    String read(String line) {
        isSummary |= line.startsWith(SUMMARY);
        if (isSummary) {
            end();
            return null;
        }
        Matcher test = TEST.matcher(line);
        if (test.matches()) {
            end();
            label = test.group(1);
            current = tests.computeIfAbsent(test.group(2), TestOutcomes::new);
            return test.group(2);
        }
        Matcher outcome = OUTCOME.matcher(line);
        if (current != null && outcome.matches()) {
            current.add(new Outcome(
                    outcome.group(1),
                    Long.parseLong(outcome.group(2).replace(",", "")),
                    Grade.valueOf(outcome.group(3).toUpperCase(Locale.ROOT)),
                    outcome.group(4).strip()));
        } else if (isMessage(line)) {
            messages.add(line.strip());
        }
        return null;
    }

    /** What went wrong stands behind a headline, as a stack trace. */
    private boolean isMessage(String line) {
        isMessages |= line.strip().equals(MESSAGES);
        return isMessages
                && messages.size() < MESSAGES_MAX
                && !line.isBlank()
                && !NO_MESSAGE.matcher(line).matches();
    }

    /** What was told of a test that did not end well belongs to it. */
    private void end() {
        if (current != null && !label.equals("OK") && !label.equals("FAILED")) {
            current.addTrouble(
                    "jcstress says " + label + (messages.isEmpty() ? "" : ": " + String.join("; ", messages)));
        }
        current = null;
        isMessages = false;
        messages.clear();
    }

    /** The tests so far, by name. A test that is being told of may lack some lines. */
    public Map<String, TestOutcomes> tests() {
        return Collections.unmodifiableMap(tests);
    }
}
