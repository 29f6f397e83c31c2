package org.mm4j.lab;

import java.util.List;
import org.mm4j.lab.stress.JcstressOptions;
import org.mm4j.lab.stress.Protocol;
import org.mm4j.lab.stress.ProtocolPage;
import org.mm4j.lab.stress.StressTests;

/** What there is to run. */
final class StressList {
    private StressList() {}

    /** A paragraph for each protocol, and how long all of it takes. */
    static String render(ProtocolPage page, List<String> tests) {
        StringBuilder text = new StringBuilder();
        for (Protocol protocol : page.protocols()) {
            text.append(String.format("%-14s %s%n", protocol.name(), protocol.title()));
            String tags = String.join(
                    " ", protocol.tags().stream().map(Protocol.Tag::name).toList());
            if (!tags.isEmpty()) {
                text.append(String.format("  tags         %s%n", tags));
            }
            for (String name : protocol.tests()) {
                int count = StressTests.ofClasses(tests, List.of(name)).size();
                text.append(String.format("  %3d tests    %s%n", count, name));
            }
        }
        text.append(String.format(
                "%d tests, twins included: about %s with --mode quick, %s with --mode full%n",
                tests.size(),
                TimeSpan.format(JcstressOptions.QUICK.duration(tests.size())),
                TimeSpan.format(JcstressOptions.FULL.duration(tests.size()))));
        return text.toString();
    }
}
