package org.mm4j.lab.stress;

import java.util.List;
import java.util.Optional;

/**
 * A section of the page of protocols.
 *
 * @param name as tags have it before the dot
 * @param title in words
 * @param tags the rows of its table; a protocol of locks has none
 * @param tests the simple names of the classes of jcstress tests that the section names
 */
public record Protocol(String name, String title, List<Tag> tags, List<String> tests) {
    /**
     * A release or an acquire.
     *
     * @param name without brackets, {@code spinlock.R1}
     * @param access what it is in the code
     * @param partners the tags that it pairs with
     * @param tests the simple names of the test classes that hold it
     * @param onX86 what is expected there when it is weakened: green or red, and why
     * @param onArm the same for ARM
     */
    public record Tag(
            String name, String access, List<String> partners, List<String> tests, String onX86, String onArm) {
        /** Whether what was written before is published here; otherwise it is what others published that is seen. */
        public boolean isRelease() {
            return name.contains(".R");
        }

        /** What is expected on a kind of processor, by Java's name for it, if the page tells. */
        public Optional<String> on(String architecture) {
            return switch (architecture) {
                case "amd64", "x86_64" -> Optional.of(onX86);
                case "aarch64" -> Optional.of(onArm);
                default -> Optional.empty();
            };
        }
    }
}
