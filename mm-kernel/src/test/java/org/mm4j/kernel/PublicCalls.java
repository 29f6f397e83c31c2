package org.mm4j.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.FaultAttributes;
import org.mm4j.api.PageAllocator;
import org.mm4j.api.PerCpuAllocator;
import org.mm4j.kernel.memcg.CgroupLimits;
import org.mm4j.kernel.reclaim.CompactionOptions;
import org.mm4j.kernel.reclaim.ShrinkerConfig;
import org.mm4j.slab.KmemCacheArgs;
import org.mm4j.slab.RcuCallback;

/**
 * The objects that a kernel gives out, found by asking each for others, and every public call to them.
 *
 * <p>Values, which are records and enums, and what the JDK's interfaces add, are left out.
 */
final class PublicCalls {
    /** Questions whose answers are not asked: what they do has to be undone, or ends the kernel. */
    private static final Set<String> NOT_ASKED = Set.of("close", "trim", "readLock", "destroy", "remove");

    /** Not called: the caller has to do the other one, too; and what a pool has in reserve is its owner's. */
    private static final Set<String> NOT_CALLED = Set.of("readLock", "readUnlock", "allocPreallocated");

    private static final Map<Class<?>, Object> VALUES = Map.of(
            boolean.class,
            true,
            String.class,
            "probe",
            MemorySegment.class,
            MemorySegment.ofArray(new byte[64]),
            ShrinkerConfig.class,
            ShrinkerConfig.of("probe"),
            CgroupLimits.class,
            CgroupLimits.ofMax(1 << 20),
            FaultAttributes.class,
            FaultAttributes.ofRate("1/1000000"),
            CompactionOptions.class,
            CompactionOptions.DEFAULT,
            KmemCacheArgs.class,
            KmemCacheArgs.NONE);

    private final Map<Object, String> paths = new IdentityHashMap<>();
    private final List<Object> objects = new ArrayList<>();

    /** A call: of what, and what came of it. */
    record Outcome(
            String call,
            Method method,
            @Nullable Object result,
            @Nullable Throwable thrown) {}

    /** Adds an object, under a name for messages. */
    void add(String path, @Nullable Object object) {
        if (object instanceof Optional<?> optional) {
            add(path, optional.orElse(null));
        } else if (object != null && isOurs(object) && paths.putIfAbsent(object, path) == null) {
            objects.add(object);
        }
    }

    private static boolean isOurs(Object object) {
        boolean isValue = object instanceof Enum || object.getClass().isRecord();
        return object.getClass().getName().startsWith("org.mm4j")
                && (!isValue || object instanceof PageAllocator || object instanceof PerCpuAllocator);
    }

    /** Adds what the objects answer to questions without arguments, and so on. */
    void addAnswers() throws IllegalAccessException {
        for (int at = 0; at < objects.size(); at++) {
            Object object = objects.get(at);
            for (Method method : methods(object)) {
                boolean isQuestion = method.getParameterCount() == 0 && method.getReturnType() != void.class;
                if (isQuestion && !method.getName().startsWith("open") && !NOT_ASKED.contains(method.getName())) {
                    try {
                        add(paths.get(object) + "." + method.getName(), method.invoke(object));
                    } catch (InvocationTargetException _) {
                        // no answer
                    }
                }
            }
        }
    }

    /** The objects' names. */
    List<String> names() {
        return objects.stream().map(paths::get).toList();
    }

    /** Calls every method of every object, with each of these as the numbers that it wants. */
    List<Outcome> all(long[] longs, int[] ints) throws IllegalAccessException {
        List<Outcome> outcomes = new ArrayList<>();
        for (Object object : objects) {
            for (Method method : methods(object)) {
                List<Class<?>> wanted = Arrays.asList(method.getParameterTypes());
                long[] first = Arrays.copyOf(longs, wanted.contains(long.class) ? longs.length : 1);
                int[] second = Arrays.copyOf(ints, wanted.contains(int.class) ? ints.length : 1);
                for (long a : first) {
                    for (int b : second) {
                        outcomes.add(call(object, method, a, b));
                    }
                }
            }
        }
        return outcomes;
    }

    private Outcome call(Object object, Method method, long a, int b) throws IllegalAccessException {
        Object[] arguments = Stream.of(method.getParameterTypes())
                .map(type -> argument(type, a, b))
                .toArray();
        String call = paths.get(object) + "." + method.getName() + Arrays.toString(arguments);
        try {
            return new Outcome(call, method, method.invoke(object, arguments), null);
        } catch (InvocationTargetException e) {
            return new Outcome(call, method, null, e.getCause());
        }
    }

    private @Nullable Object argument(Class<?> type, long a, int b) {
        if (type == long.class) {
            return a;
        }
        if (type == int.class) {
            return b;
        }
        if (type == long[].class) {
            return new long[] {a};
        }
        if (VALUES.containsKey(type)) {
            return VALUES.get(type);
        }
        if (type.isEnum()) {
            return type.getEnumConstants()[0];
        }
        if (type == UnaryOperator.class) {
            return UnaryOperator.identity();
        }
        if (type == RcuCallback.class) {
            return new RcuCallback() {
                @Override
                protected void afterGracePeriod() {}
            };
        }
        Object known = objects.stream().filter(type::isInstance).findFirst().orElse(null);
        return known == null && type.isInterface() && !type.isSealed() ? nothing(type) : known;
    }

    /** Does nothing, and answers 0, false or null. */
    static <T> T nothing(Class<T> type) {
        Map<Class<?>, Object> zeroes = Map.of(int.class, 0, long.class, 0L, boolean.class, false);
        InvocationHandler handler = (proxy, method, arguments) -> switch (method.getName()) {
            case "equals" -> proxy == arguments[0];
            case "toString" -> "nothing";
            default -> zeroes.get(method.getReturnType());
        };
        return type.cast(Proxy.newProxyInstance(PublicCalls.class.getClassLoader(), new Class<?>[] {type}, handler));
    }

    /** In the order of their names, so that each run is the same; of a class that is not exported those of its interfaces. */
    private static List<Method> methods(Object object) {
        Map<String, Method> methods = new TreeMap<>();
        addMethods(object.getClass(), object, methods);
        return List.copyOf(methods.values());
    }

    private static void addMethods(@Nullable Class<?> type, Object object, Map<String, Method> methods) {
        if (type == null || !type.getName().startsWith("org.mm4j")) {
            return;
        }
        for (Method method : type.getDeclaredMethods()) {
            int modifiers = method.getModifiers();
            boolean isCall = Modifier.isPublic(modifiers) && !Modifier.isStatic(modifiers) && !method.isBridge();
            if (isCall && !NOT_CALLED.contains(method.getName()) && method.canAccess(object)) {
                methods.putIfAbsent(method.getName() + Arrays.toString(method.getParameterTypes()), method);
            }
        }
        addMethods(type.getSuperclass(), object, methods);
        for (Class<?> each : type.getInterfaces()) {
            addMethods(each, object, methods);
        }
    }
}
