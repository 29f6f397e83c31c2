package org.mm4j.kernel.reclaim;

/** References where a scan first looks whether the shrinker has ended, and then comes in whatever happened meanwhile. */
final class LooseScanReferences extends ScanReferences {
    LooseScanReferences() {}

    @Override
    boolean tryGet() {
        if (countOpaque() == 0) {
            return false;
        }
        int now;
        do {
            now = countOpaque();
        } while (!casCount(now, now + 1));
        return true;
    }
}
