package org.mm4j.kernel.pagecache;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.testing.MapTestSuiteBuilder;
import com.google.common.collect.testing.TestStringMapGenerator;
import com.google.common.collect.testing.features.CollectionFeature;
import com.google.common.collect.testing.features.CollectionSize;
import com.google.common.collect.testing.features.MapFeature;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Enumeration;
import java.util.Map;
import java.util.stream.Stream;
import junit.framework.Test;
import junit.framework.TestFailure;
import junit.framework.TestResult;
import junit.framework.TestSuite;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.mm4j.kernel.Kernel;
import org.mm4j.kernel.KernelConfig;

/** The map view, by guava-testlib's tests of what a map is. */
class BlobMapTest {
    private static final Kernel KERNEL = Kernel.boot(KernelConfig.ofBytes(32 << 20));
    private static final BlobCache<String> CACHE = KERNEL.blobCache("map", 1 << 20, _ -> null);

    private static final BlobCodec<String> UTF_8 = new BlobCodec<>() {
        @Override
        public MemorySegment encode(String value) {
            return MemorySegment.ofArray(value.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public String decode(byte[] bytes) {
            return new String(bytes, StandardCharsets.UTF_8);
        }
    };

    @AfterAll
    static void nothingIsLeft() {
        CACHE.close();
        KERNEL.drainAllPages();
        assertThat(KERNEL.pagesInUse()).isZero();
        KERNEL.close();
    }

    /** Each test has the cache for itself. */
    private static final class Generator extends TestStringMapGenerator {
        @Override
        protected Map<String, String> create(Map.Entry<String, String>[] entries) {
            CACHE.invalidateAll();
            Map<String, String> map = CACHE.asMap(UTF_8);
            for (Map.Entry<String, String> entry : entries) {
                map.put(entry.getKey(), entry.getValue());
            }
            return map;
        }
    }

    @TestFactory
    Stream<DynamicTest> isAMap() {
        TestSuite suite = MapTestSuiteBuilder.using(new Generator())
                .named("BlobMap")
                .withFeatures(
                        CollectionSize.ANY, MapFeature.GENERAL_PURPOSE, CollectionFeature.SUPPORTS_ITERATOR_REMOVE)
                .createTestSuite();
        return flat(suite);
    }

    private static Stream<DynamicTest> flat(Test test) {
        if (test instanceof TestSuite suite) {
            Stream.Builder<Test> parts = Stream.builder();
            for (Enumeration<Test> each = suite.tests(); each.hasMoreElements(); ) {
                parts.add(each.nextElement());
            }
            return parts.build().flatMap(BlobMapTest::flat);
        }
        return Stream.of(DynamicTest.dynamicTest(test.toString(), () -> run(test)));
    }

    private static void run(Test test) throws Throwable {
        TestResult result = new TestResult();
        test.run(result);
        for (Enumeration<TestFailure> each = result.failures(); each.hasMoreElements(); ) {
            throw each.nextElement().thrownException();
        }
        for (Enumeration<TestFailure> each = result.errors(); each.hasMoreElements(); ) {
            throw each.nextElement().thrownException();
        }
    }
}
