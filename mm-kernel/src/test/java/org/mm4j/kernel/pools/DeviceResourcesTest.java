package org.mm4j.kernel.pools;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.mm4j.api.Gfp.GFP_KERNEL;

import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DeviceResourcesTest {
    private final CountedSource source = new CountedSource();
    private final DeviceResources device = new DeviceResources("eth0");
    private final List<String> done = new ArrayList<>();

    private Runnable action(String name) {
        return () -> done.add(name);
    }

    @Test
    void theNewestIsReleasedFirst() {
        device.addAction(action("a"));
        long element = device.alloc(source, GFP_KERNEL);
        device.addAction(() -> done.add("b " + source.out.contains(element)));
        device.addAction(action("c"));
        assertThat(device.resources()).isEqualTo(4);
        assertThat(device.releaseAll()).isEqualTo(4);
        assertThat(done).containsExactly("c", "b true", "a");
        assertThat(source.out).isEmpty();
        device.addAction(action("again"));
        device.close();
        device.close();
        assertThat(done).endsWith("again");
    }

    @Test
    void anElementIsFreedOnce() {
        long first = device.alloc(source, GFP_KERNEL);
        long second = device.alloc(source, GFP_KERNEL);
        device.free(source, first);
        assertThat(source.out).containsExactly(second);
        assertThatThrownBy(() -> device.free(source, first))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("device \"eth0\" does not manage element " + first);
        assertThatThrownBy(() -> device.free(new CountedSource(), second)).isInstanceOf(IllegalArgumentException.class);
        device.free(source, ElementSource.NONE);
        source.isEmpty = true;
        assertThat(device.alloc(source, GFP_KERNEL)).isEqualTo(ElementSource.NONE);
        assertThat(device.releaseAll()).isOne();
        assertThatThrownBy(() -> device.free(source, second)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void actionsAreForgottenOrDone() {
        Runnable a = action("a");
        Runnable b = action("b");
        device.addAction(a);
        device.addActionOrReset(b);
        device.addAction(a);
        device.removeAction(a);
        device.releaseAction(b);
        assertThat(done).containsExactly("b");
        assertThatThrownBy(() -> device.releaseAction(b))
                .hasMessage("device \"eth0\" has no such action, or has done it");
        device.close();
        assertThat(done).containsExactly("b", "a");
    }

    @Test
    void aClosedDeviceTakesNothing() {
        device.close();
        assertThatThrownBy(() -> device.addAction(action("a"))).hasMessage("device \"eth0\" is closed");
        assertThat(done).isEmpty();
        assertThatThrownBy(() -> device.addActionOrReset(action("b"))).hasMessage("device \"eth0\" is closed");
        assertThat(done).containsExactly("b");
        assertThatThrownBy(() -> device.alloc(source, GFP_KERNEL)).hasMessage("device \"eth0\" is closed");
        assertThat(source.out).isEmpty();
        assertThatThrownBy(device::openGroup).hasMessage("device \"eth0\" is closed");
    }

    @Test
    void groupsAreReleasedWithWhatLiesInThem() {
        device.addAction(action("1"));
        DeviceResources.Group outer = device.openGroup();
        device.addAction(action("2"));
        DeviceResources.Group inner = device.openGroup();
        device.addAction(action("3"));
        device.closeGroup(inner);
        DeviceResources.Group overlapping = device.openGroup();
        device.addAction(action("4"));
        device.closeGroup(outer);
        device.addAction(action("5"));
        device.closeGroup(overlapping);
        assertThat(device.releaseGroup(outer)).isEqualTo(3);
        assertThat(done).containsExactly("4", "3", "2");
        assertThatThrownBy(() -> device.releaseGroup(inner))
                .hasMessage("device \"eth0\" has no such group, or has released it");
        assertThatThrownBy(() -> device.releaseGroup(outer)).isInstanceOf(IllegalArgumentException.class);
        assertThat(device.releaseGroup(overlapping)).isOne();
        device.close();
        assertThat(done).containsExactly("4", "3", "2", "5", "1");
    }

    @Test
    void aGroupWithoutEndGoesUpToTheNewest() {
        DeviceResources.Group group = device.openGroup();
        device.addAction(action("1"));
        DeviceResources.Group inner = device.openGroup();
        device.addAction(action("2"));
        assertThat(device.releaseGroup(group)).isEqualTo(2);
        assertThat(done).containsExactly("2", "1");
        assertThatThrownBy(() -> device.closeGroup(inner)).isInstanceOf(IllegalArgumentException.class);
        assertThat(device.resources()).isZero();
    }

    @Test
    void aForgottenGroupLeavesItsResources() {
        DeviceResources.Group group = device.openGroup();
        device.addAction(action("1"));
        device.closeGroup(group);
        assertThatThrownBy(() -> device.closeGroup(group)).hasMessageContaining("ended already");
        assertThatThrownBy(() -> new DeviceResources("other").releaseGroup(group))
                .isInstanceOf(IllegalArgumentException.class);
        device.removeGroup(group);
        assertThatThrownBy(() -> device.removeGroup(group)).isInstanceOf(IllegalArgumentException.class);
        DeviceResources.Group late = device.openGroup();
        device.close();
        assertThatThrownBy(() -> device.closeGroup(late)).isInstanceOf(IllegalArgumentException.class);
        assertThat(done).containsExactly("1");
    }

    @Test
    void aReleaseThatThrowsKeepsNoOther() {
        device.addAction(action("1"));
        device.addAction(() -> {
            throw new IllegalStateException("second");
        });
        device.addAction(action("3"));
        AssertionError error = new AssertionError("first");
        device.addAction(() -> {
            throw error;
        });
        assertThatThrownBy(device::close).isSameAs(error);
        assertThat(error.getSuppressed()).hasSize(1);
        assertThat(done).containsExactly("3", "1");
    }

    @Test
    void aReleaseMayUseTheDevice() {
        device.addAction(() -> device.addAction(action("late")));
        assertThat(device.releaseAll()).isOne();
        assertThat(device.releaseAll()).isOne();
        assertThat(done).containsExactly("late");
    }

    @Test
    void everyResourceIsReleasedOnce() throws InterruptedException {
        AtomicInteger added = new AtomicInteger();
        AtomicInteger released = new AtomicInteger();
        Queue<Throwable> failures = new ConcurrentLinkedQueue<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            Random random = new Random(t);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    while (true) {
                        step(random, added, released);
                    }
                } catch (IllegalStateException e) {
                    assertThat(e).hasMessageContaining("is closed");
                } catch (Throwable e) {
                    failures.add(e);
                }
            }));
        }
        while (added.get() < 20_000 && failures.isEmpty()) {
            device.releaseAll();
            Thread.onSpinWait();
        }
        device.close();
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(failures).isEmpty();
        assertThat(released.get()).isEqualTo(added.get());
        assertThat(source.out).isEmpty();
        assertThat(device.resources()).isZero();
    }

    private void step(Random random, AtomicInteger added, AtomicInteger released) {
        long element = device.alloc(source, GFP_KERNEL);
        DeviceResources.Group group = device.openGroup();
        device.addAction(released::incrementAndGet);
        added.incrementAndGet();
        try {
            switch (random.nextInt(4)) {
                case 0 -> device.free(source, element);
                case 1 -> device.releaseGroup(group);
                case 2 -> device.closeGroup(group);
                default -> device.removeGroup(group);
            }
        } catch (IllegalArgumentException releasedByAnother) {
            assertThat(releasedByAnother.getMessage()).contains("eth0");
        }
    }
}
