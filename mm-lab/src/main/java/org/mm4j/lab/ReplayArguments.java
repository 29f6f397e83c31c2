package org.mm4j.lab;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of commands that replay for a verdict. */
final class ReplayArguments extends KernelArguments {
    @Option(names = "--report", paramLabel = "FILE", description = "Write the report to FILE.")
    private @Nullable String report;

    @Option(names = "--no-report", description = "Write no report.")
    private boolean noReport;

    @Option(names = "--json", description = "Print one JSON object, and write no report unless --report asks for it.")
    private boolean json;

    /** Where the report goes, or null when there is to be none. */
    @Nullable
    String reportOr(String defaultName) {
        if (noReport && report != null) {
            throw new UsageException("--report and --no-report contradict each other");
        }
        if (report != null) {
            return report;
        }
        return noReport || json ? null : defaultName;
    }

    boolean isJson() {
        return json;
    }
}
