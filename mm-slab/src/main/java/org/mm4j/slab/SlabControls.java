package org.mm4j.slab;

import java.util.Locale;

/**
 * The files of /sys/kernel/slab/&lt;cache&gt; that can be written: each is a setting or a command of one cache.
 *
 * <pre>
 *   shrink                     1         gives the pages of slabs without objects back
 *   validate                   1         checks a debug cache, and logs what is broken
 *   min_partial                slabs     an empty slab stays while its node lists fewer
 *   cpu_partial                objects   so many a CPU keeps beside its active slab
 *   remote_node_defrag_ratio   0 to 100  how often other nodes are looked at before a slab is made
 * </pre>
 *
 * <p>In Linux 6.18: mm/slub.c, slab_attr_store() and the functions that it calls. Differs: failslab and skip_kfence are
 * given when a cache is created, and stay.
 */
final class SlabControls {
    private static final String EINVAL = " (-EINVAL)";
    private static final String ERANGE = " (-ERANGE)";
    private static final int PERCENT_MAX = 100;
    private static final long UINT_MAX = 0xffff_ffffL;

    private final KmemCache cache;

    SlabControls(KmemCache cache) {
        this.cache = cache;
    }

    /** See {@link SlabAttributes#write}. */
    void write(String file, String text) {
        switch (file) {
            case "shrink" -> {
                expectOne(file, text);
                cache.shrink();
            }
            case "validate" -> {
                expectOne(file, text);
                validate();
            }
            case "min_partial" -> cache.tuning().setMinPartial(number(file, text, Long.MAX_VALUE));
            case "cpu_partial" -> setCpuPartial(number(file, text, UINT_MAX));
            case "remote_node_defrag_ratio" -> setDefragRatio(number(file, text, UINT_MAX));
            default ->
                throw new IllegalArgumentException(
                        SlabAttributes.of(cache).containsKey(file)
                                ? "file " + file + " of cache " + cache.name() + " cannot be written (-EACCES)"
                                : "cache " + cache.name() + " has no file " + file + " (-ENOENT)");
        }
    }

    private void expectOne(String file, String text) {
        if (!text.startsWith("1")) {
            throw bad("to " + file + " one writes 1, not \"" + text.strip() + "\"" + EINVAL);
        }
    }

    private void validate() {
        if (!SlabFlags.isDebug(cache.layout().flags())) {
            throw bad("cache " + cache.name() + " has no debug flags, and nothing of it can be checked" + EINVAL);
        }
        cache.validate();
    }

    private void setCpuPartial(long objects) {
        if (objects > 0 && !cache.tuning().hasCpuPartial()) {
            throw bad("CPUs have no partial slabs of cache " + cache.name() + ", so its cpu_partial is 0, not "
                    + objects + EINVAL);
        }
        cache.tuning().setCpuPartial((int) Math.min(objects, Integer.MAX_VALUE));
        cache.engine().flush();
    }

    private void setDefragRatio(long percent) {
        if (percent > PERCENT_MAX) {
            throw bad("remote_node_defrag_ratio is 0 to " + PERCENT_MAX + ", not " + percent + ERANGE);
        }
        cache.tuning().setDefragRatio((int) percent * CacheTuning.DEFRAG_PERCENT);
    }

    /** An unsigned decimal number with at most one line end. In Linux: kstrtoul(). */
    private static long number(String file, String text, long max) {
        String digits = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
        String plain = digits.startsWith("+") ? digits.substring(1) : digits;
        if (plain.isEmpty() || !plain.chars().allMatch(each -> each >= '0' && each <= '9')) {
            throw bad("to " + file + " one writes a number, not \"" + digits + "\"" + EINVAL);
        }
        try {
            long value = Long.parseLong(plain);
            if (value <= max) {
                return value;
            }
        } catch (NumberFormatException _) {
            // too large, as the digits are digits
        }
        throw bad(String.format(Locale.ROOT, "%s is 0 to %d, not %s%s", file, max, plain, ERANGE));
    }

    private static IllegalArgumentException bad(String sentence) {
        return new IllegalArgumentException(sentence);
    }
}
