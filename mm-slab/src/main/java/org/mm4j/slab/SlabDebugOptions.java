package org.mm4j.slab;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.mm4j.api.PageFrame;

/**
 * Which debug flags a user wants for which caches: what the kernel's command line says with {@code slab_debug=}.
 *
 * <pre>
 *   FZ                          these flags for all caches
 *   FZ,dentry,kmalloc-*         for these: a name, or the begin of names and a star
 *   P,foo;U;-,bar               several blocks: the first that names a cache counts for it, one without names for the rest
 *   ,foo                        no flags are FZPU
 *   -                           none
 *   O                           no red zones, poison or users where they would make the smallest slab larger
 * </pre>
 *
 * Immutable. In Linux 6.18: mm/slub.c, setup_slub_debug(), kmem_cache_flags(). Differs: an unknown letter is refused, not
 * skipped.
 */
public final class SlabDebugOptions {
    /** Nothing is wanted. */
    public static final SlabDebugOptions NONE = new SlabDebugOptions(0, List.of(), false);

    private static final String DEFAULT_LETTERS = "FZPU";
    private static final int METADATA_FLAGS =
            SlabFlags.SLAB_RED_ZONE | SlabFlags.SLAB_POISON | SlabFlags.SLAB_STORE_USER;

    /** Flags for the caches that one of the patterns fits. */
    private record Block(int flags, List<String> patterns) {}

    private final int flags;
    private final List<Block> blocks;
    private final boolean capsOrder;

    private SlabDebugOptions(int flags, List<Block> blocks, boolean capsOrder) {
        this.flags = flags;
        this.blocks = List.copyOf(blocks);
        this.capsOrder = capsOrder;
    }

    /**
     * Reads options; an empty text, and {@code slab_debug} without more, is {@code FZPU} for all caches.
     *
     * @throws IllegalArgumentException when a letter is unknown or a name is empty; the message names it
     */
    public static SlabDebugOptions parse(String text) {
        if (text.isEmpty()) {
            return new SlabDebugOptions(SlabFlags.parseDebugLetters(DEFAULT_LETTERS), List.of(), false);
        }
        int all = 0;
        boolean capsOrder = false;
        List<Block> blocks = new ArrayList<>();
        for (String block : text.split(";", -1)) {
            int comma = block.indexOf(',');
            String letters = (comma < 0 ? block : block.substring(0, comma)).toUpperCase(Locale.ROOT);
            capsOrder |= letters.indexOf('O') >= 0;
            if (comma >= 0) {
                String wanted = letters.isEmpty() ? DEFAULT_LETTERS : letters;
                blocks.add(new Block(flags(wanted), patterns(block.substring(comma + 1), text)));
            } else if (!block.isEmpty()) {
                all = flags(letters);
            }
        }
        return new SlabDebugOptions(all, blocks, capsOrder);
    }

    /** A dash takes back what stands before it. */
    private static int flags(String letters) {
        return SlabFlags.parseDebugLetters(
                letters.substring(letters.lastIndexOf('-') + 1).replace("O", ""));
    }

    private static List<String> patterns(String names, String text) {
        List<String> patterns = List.of(names.split(",", -1));
        if (patterns.contains("")) {
            throw new IllegalArgumentException("slab_debug names caches behind commas, but in \"" + text
                    + "\" a name is empty; a name ends at the next comma or semicolon");
        }
        return patterns;
    }

    /** The flags of a new cache: what its creator and the user want. */
    public int flagsFor(String name, int asked) {
        if (SlabFlags.has(asked, SlabFlags.SLAB_NO_USER_FLAGS)) {
            return asked;
        }
        for (Block block : blocks) {
            if (block.patterns().stream().anyMatch(pattern -> fits(pattern, name))) {
                return asked | block.flags();
            }
        }
        boolean isLeftAlone = SlabFlags.has(asked, SlabFlags.SLAB_NOLEAKTRACE);
        return asked | (isLeftAlone ? flags & ~SlabFlags.SLAB_STORE_USER : flags);
    }

    private static boolean fits(String pattern, String name) {
        int star = pattern.indexOf('*');
        return star < 0 ? pattern.equals(name) : name.startsWith(pattern.substring(0, star));
    }

    /** The request itself, or one without what makes the smallest slab larger, where the user does not want that. */
    SlabRequest fit(SlabRequest request) {
        if (!capsOrder || !SlabFlags.hasAny(request.flags(), METADATA_FLAGS)) {
            return request;
        }
        SlabLayout layout = SlabLayout.of(request);
        boolean isLarger = layout.minOrder() > PageFrame.order(request.objectSize());
        return isLarger ? request.withFlags(request.flags() & ~METADATA_FLAGS) : request;
    }
}
