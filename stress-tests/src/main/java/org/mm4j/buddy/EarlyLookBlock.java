package org.mm4j.buddy;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.PageZone;
import org.mm4j.stress.Pause;

/** The block whose type is looked at before the slot's section is entered, and not inside. */
final class EarlyLookBlock extends ClosedBlock {
    private @Nullable EarlyLook look;

    @Override
    PageZone seen(PageZone zone) {
        EarlyLook made = new EarlyLook(zone);
        look = made;
        return made;
    }

    @Override
    void free() {
        Objects.requireNonNull(look).look(frame());
        Pause.spins(50);
        super.free();
    }

    private static final class EarlyLook implements PageZone {
        private final PageZone zone;
        private int type = NONE;

        EarlyLook(PageZone zone) {
            this.zone = zone;
        }

        void look(int frame) {
            type = zone.typeToCache(frame);
        }

        @Override
        public int typeToCache(int frame) {
            return type;
        }

        @Override
        public void lock() {
            zone.lock();
        }

        @Override
        public void unlock() {
            zone.unlock();
        }

        @Override
        public int takeLocked(int order, int type, int flags, boolean isFirst, int slot) {
            return zone.takeLocked(order, type, flags, isFirst, slot);
        }

        @Override
        public void freeLocked(int frame, int order, int slot) {
            zone.freeLocked(frame, order, slot);
        }

        @Override
        public boolean claim(int frame, int order, int slot) {
            return zone.claim(frame, order, slot);
        }

        @Override
        public void handOut(int frame, int slot, long wanted) {
            zone.handOut(frame, slot, wanted);
        }

        @Override
        public long pfn(int frame) {
            return zone.pfn(frame);
        }

        @Override
        public boolean isBelowHigh() {
            return zone.isBelowHigh();
        }

        @Override
        public boolean isReclaimActive() {
            return zone.isReclaimActive();
        }

        @Override
        public void blocksCameBack() {
            zone.blocksCameBack();
        }
    }
}
