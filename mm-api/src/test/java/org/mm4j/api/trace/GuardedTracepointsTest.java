package org.mm4j.api.trace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.mm4j.api.ZoneType;

class GuardedTracepointsTest {
    private final List<Object> calls = new ArrayList<>();
    private final Tracepoints thrower = (Tracepoints) Proxy.newProxyInstance(
            Tracepoints.class.getClassLoader(), new Class<?>[] {Tracepoints.class}, (proxy, method, arguments) -> {
                if (method.getName().equals("equals")) {
                    return proxy == arguments[0];
                }
                calls.add(method.getName() + Arrays.toString(arguments));
                throw new StackOverflowError("no room to tell");
            });

    @TestFactory
    Stream<DynamicTest> whatIsThrownIsDropped() {
        Tracepoints guarded = GuardedTracepoints.of(thrower);
        return Arrays.stream(Tracepoints.class.getMethods())
                .map(method -> dynamicTest(method.getName(), () -> {
                    Object[] arguments = arguments(method);
                    assertThatCode(() -> method.invoke(guarded, arguments)).doesNotThrowAnyException();
                    assertThat(calls).containsExactly(method.getName() + Arrays.toString(arguments));
                    calls.clear();
                }));
    }

    /** Of each argument another value, so that none is passed on as another one. */
    private static Object[] arguments(Method method) {
        Class<?>[] types = method.getParameterTypes();
        Object[] arguments = new Object[types.length];
        for (int i = 0; i < types.length; i++) {
            arguments[i] = switch (types[i].getSimpleName()) {
                case "long" -> 100L + i;
                case "int" -> 100 + i;
                case "boolean" -> i % 2 == 0;
                case "String" -> "text " + i;
                case "ZoneType" -> ZoneType.of(i % ZoneType.COUNT);
                default -> throw new AssertionError("a value of " + types[i]);
            };
        }
        return arguments;
    }

    @Test
    void nobodyAndWhoIsGuardedStayThemselves() {
        assertThat(GuardedTracepoints.of(Tracepoints.NONE)).isSameAs(Tracepoints.NONE);
        Tracepoints guarded = GuardedTracepoints.of(thrower);
        assertThat(GuardedTracepoints.of(guarded)).isSameAs(guarded);
    }
}
