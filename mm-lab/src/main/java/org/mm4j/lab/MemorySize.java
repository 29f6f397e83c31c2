package org.mm4j.lab;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mm4j.api.PageFrame;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Sizes of memory: {@code 512M}, {@code 2GiB}, {@code 67108864}. */
final class MemorySize implements ITypeConverter<Long> {
    /** The largest block; a kernel's memory is a multiple of it. */
    private static final long GRANULE = (long) PageFrame.PAGE_SIZE << PageFrame.MAX_PAGE_ORDER;

    /** What a kernel needs beside the pages that are live: reserves, page sets, and room for blocks to stay whole. */
    private static final long BESIDE_BYTES = 64L << 20;

    private static final long BYTES_MAX = 1L << 46;
    private static final Pattern SIZE = Pattern.compile("(\\d{1,15})\\s*([KMGT]?)(?:I?B)?");
    private static final String UNITS = "KMGT";

    @Override
    public Long convert(String text) {
        Matcher size = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (!size.matches()) {
            throw new TypeConversionException("'" + text + "' is no size of memory like 512M or 2G");
        }
        long unit = size.group(2).isEmpty() ? 1 : 1L << (10 * (UNITS.indexOf(size.group(2)) + 1));
        long number = Long.parseLong(size.group(1));
        if (number == 0 || number > BYTES_MAX / unit) {
            throw new TypeConversionException("'" + text + "' is not between 1 byte and 64 TiB");
        }
        return roundUp(number * unit);
    }

    /** Room for twice the pages that a replay holds at once at the most. */
    static long forPeak(long pages) {
        return roundUp(2 * pages * PageFrame.PAGE_SIZE + BESIDE_BYTES);
    }

    private static long roundUp(long bytes) {
        return (bytes + GRANULE - 1) / GRANULE * GRANULE;
    }
}
