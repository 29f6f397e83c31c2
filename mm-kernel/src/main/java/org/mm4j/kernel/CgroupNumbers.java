package org.mm4j.kernel;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mm4j.kernel.memcg.CgroupLimits;

/**
 * Numbers as the files of cgroups have them: bytes, with a unit behind them or not, and {@code max} for no limit.
 *
 * <p>In Linux 6.18: lib/cmdline.c, memparse(); mm/page_counter.c, page_counter_memparse(). Differs: a number that does not
 * fit a word is refused, where the kernel takes what is left of it.
 */
final class CgroupNumbers {
    private static final Pattern BYTES = Pattern.compile("([0-9]{1,19})([KMGTPE]?)");
    private static final String UNITS = "KMGTPE";
    private static final int BITS_PER_UNIT = 10;

    private CgroupNumbers() {}

    static String text(long limit) {
        return limit == CgroupLimits.UNLIMITED ? "max\n" : limit + "\n";
    }

    /** {@code max} or bytes. */
    static long limit(String text) {
        return text.strip().equals("max") ? CgroupLimits.UNLIMITED : bytes(text);
    }

    /**
     * {@code 4096}, {@code 4M}, {@code 1g}.
     *
     * @throws IllegalArgumentException when it is something else
     */
    static long bytes(String text) {
        Matcher matcher = BYTES.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw refused(text);
        }
        try {
            long number = Long.parseLong(matcher.group(1));
            String unit = matcher.group(2);
            int shift = unit.isEmpty() ? 0 : BITS_PER_UNIT * (UNITS.indexOf(unit) + 1);
            return Math.multiplyExact(number, 1L << shift);
        } catch (NumberFormatException | ArithmeticException tooLarge) {
            throw refused(text);
        }
    }

    /** {@code 0} or {@code 1}. */
    static boolean flag(String text) {
        return switch (text.strip()) {
            case "0" -> false;
            case "1" -> true;
            default -> throw new IllegalArgumentException("0 or 1 is written, not \"" + text.strip() + "\" (EINVAL)");
        };
    }

    private static IllegalArgumentException refused(String text) {
        return new IllegalArgumentException(
                "bytes are written as 4096, 4K or 1G, and no limit as max, not as \"" + text.strip() + "\" (EINVAL)");
    }
}
