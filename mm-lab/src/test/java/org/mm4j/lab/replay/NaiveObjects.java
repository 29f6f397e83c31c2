package org.mm4j.lab.replay;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** Objects that are numbers, each used once. The sizes are those of powers of two, and of multiples of eight. */
final class NaiveObjects implements ObjectTarget {
    private static final String KMALLOC = "";

    private final AtomicLong next = new AtomicLong(1 << 20);
    private final Map<Long, String> live = new ConcurrentHashMap<>();

    private long take(String cache) {
        long address = next.addAndGet(8);
        live.put(address, cache);
        return address;
    }

    @Override
    public long kmalloc(int bytes, int gfp) {
        return take(KMALLOC);
    }

    @Override
    public void kfree(long address) {
        if (live.remove(address) == null) {
            throw new IllegalStateException(address + " is no object in use");
        }
    }

    @Override
    public long kmallocSizeRoundup(int bytes) {
        return Integer.highestOneBit(2 * bytes - 1);
    }

    @Override
    public Cache cache(String name, int bytes, int slotBytes) {
        return new NaiveCache(name + "/" + bytes, (bytes + 7) & -8);
    }

    @Override
    public long inUse() {
        return live.size();
    }

    private final class NaiveCache implements Cache {
        private final String name;
        private final int slotBytes;

        NaiveCache(String name, int slotBytes) {
            this.name = name;
            this.slotBytes = slotBytes;
        }

        @Override
        public long alloc(int gfp) {
            return take(name);
        }

        @Override
        public void free(long address) {
            if (!live.remove(address, name)) {
                throw new IllegalStateException(address + " is no object of " + name + " in use");
            }
        }

        @Override
        public int slotBytes() {
            return slotBytes;
        }

        @Override
        public void destroy() {
            if (live.containsValue(name)) {
                throw new IllegalStateException("cache " + name + " has objects");
            }
        }
    }
}
