package org.mm4j.buddy;

import java.util.List;
import org.mm4j.api.PageAllocator;
import org.mm4j.contract.PageAllocatorContract;

class BuddyContractTest extends PageAllocatorContract {
    @Override
    protected PageAllocator allocator() {
        return BuddyAllocator.ofFrames(FRAMES);
    }

    @Override
    protected List<String> validate(PageAllocator allocator) {
        return ((BuddyAllocator) allocator).validate();
    }
}
