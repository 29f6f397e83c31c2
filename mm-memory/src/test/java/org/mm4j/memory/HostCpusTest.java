package org.mm4j.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;
import org.mm4j.api.AsymmetricBarrier;
import org.mm4j.api.CpuSource;

class HostCpusTest {
    @Test
    @EnabledOnOs(OS.LINUX)
    void everyThreadIsOnSomeCpu() throws InterruptedException {
        CpuSource cpus = HostCpus.schedGetcpu().orElseThrow();
        List<Integer> found = Collections.synchronizedList(new ArrayList<>());

        Thread.ofVirtual().start(() -> found.add(cpus.cpu(2))).join();
        Thread.ofPlatform().start(() -> found.add(cpus.cpu(2))).join();

        assertThat(found).hasSize(2).allMatch(cpu -> cpu == 0 || cpu == 1);
        assertThat(cpus.cpu(1)).isZero();
    }

    @Test
    @EnabledOnOs(
            value = OS.LINUX,
            architectures = {"amd64", "aarch64"})
    void theHostHasABarrier() {
        AsymmetricBarrier barrier = HostCpus.membarrier().orElseThrow();

        barrier.light();
        barrier.heavy();

        assertThat(barrier.kind()).isEqualTo("membarrier");
    }

    @Test
    @ResourceLock(Resources.SYSTEM_PROPERTIES)
    void whatIsKnownOfHotSpotOnlyIsUsedThereOnly() {
        assertThat(withProperty("java.vm.name", "Eclipse OpenJ9 VM")).isFalse();
        assertThat(withProperty("os.arch", "riscv64")).isFalse();
        assertThat(withProperty("os.name", "Mac OS X")).isFalse();
    }

    /** Whether there is a barrier when the JVM says this of itself. */
    private static boolean withProperty(String name, String value) {
        String before = System.getProperty(name);
        System.setProperty(name, value);
        try {
            return HostCpus.membarrier().isPresent();
        } finally {
            System.setProperty(name, before);
        }
    }
}
