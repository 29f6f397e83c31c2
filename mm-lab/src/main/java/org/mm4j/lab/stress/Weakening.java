package org.mm4j.lab.stress;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LineNumber;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.mm4j.lab.stress.TaggedLines.TaggedLine;

/**
 * Takes the release or the acquire out of the accesses that bear a tag, in copies of the shipped classes: the copies go
 * to a folder that stands before the tests in the class path.
 *
 * <pre>
 *   setWordRelease(FREE); // [spinlock.R1]            the line calls  setWordRelease$weak(FREE)
 *
 *   private void setWordRelease(int next) {           private void setWordRelease$weak(int next) {
 *       WORD.setRelease(words, PAD, next);                WORD.set(words, PAD, next);
 *   }                                                 }
 * </pre>
 *
 * <p>Only what the tagged line calls is weakened; other callers of the same accessor are as they were. A compare-and-set
 * stays atomic. One thread.
 */
public final class Weakening {
    private static final String VAR_HANDLE = "java/lang/invoke/VarHandle";
    private static final String OURS = "org/mm4j/";
    private static final String COPY = "$weak";

    /** What a release becomes without it; the empty name is no instruction at all. */
    private static final Map<String, String> WITHOUT_RELEASE = Map.of(
            "setRelease", "set",
            "setVolatile", "set",
            "compareAndSet", "weakCompareAndSetAcquire",
            "getAndAdd", "getAndAddAcquire",
            "getAndSet", "getAndSetAcquire",
            "releaseFence", "");

    private static final Map<String, String> WITHOUT_ACQUIRE = Map.of(
            "getAcquire", "get",
            "getVolatile", "get",
            "compareAndSet", "weakCompareAndSetRelease",
            "getAndAdd", "getAndAddRelease",
            "getAndSet", "getAndSetRelease",
            "acquireFence", "");

    /** A method, by the internal name of its class. */
    private record Method(String owner, String name, String type) {}

    private final Map<String, String> weaker;
    private final ShippedClasses classes;
    private final Map<String, Set<Integer>> linesByClass = new LinkedHashMap<>();
    private final Map<String, Set<Method>> copiesByClass = new HashMap<>();
    private final Set<String> done = new LinkedHashSet<>();

    private Weakening(boolean isRelease, ShippedClasses classes) {
        weaker = isRelease ? WITHOUT_RELEASE : WITHOUT_ACQUIRE;
        this.classes = classes;
    }

    /**
     * Weakens the accesses of a tag.
     *
     * @param classes what is tested
     * @param lines where the tag stands in the sources
     * @param folder where the changed classes go; made if need be
     * @return what was done, a sentence for each place; empty when no access was found
     */
    public static List<String> write(boolean isRelease, ShippedClasses classes, List<TaggedLine> lines, Path folder)
            throws IOException {
        Weakening weakening = new Weakening(isRelease, classes);
        for (TaggedLine line : lines) {
            weakening.find(line);
        }
        Set<String> changed = new HashSet<>(weakening.linesByClass.keySet());
        changed.addAll(weakening.copiesByClass.keySet());
        for (String name : changed) {
            Path file = folder.resolve(name + ".class");
            Files.createDirectories(Objects.requireNonNull(file.getParent()));
            Files.write(file, weakening.weakened(name));
        }
        return List.copyOf(weakening.done);
    }

    /** Finds what a tagged line calls, in the classes that its file was compiled to. */
    private void find(TaggedLine line) throws IOException {
        for (String name : classes.ofSource(line.packagePath(), line.className())) {
            for (MethodModel method : classes.read(name).methods()) {
                for (InvokeInstruction call : calls(method, line.first(), line.last())) {
                    String what = weakenedBy(call);
                    if (what != null) {
                        linesByClass.computeIfAbsent(name, _ -> new HashSet<>()).addAll(line.lines());
                        done.add(line.className() + ".java:" + line.last() + ": " + what);
                    }
                }
            }
        }
    }

    private static List<InvokeInstruction> calls(MethodModel method, int first, int last) {
        List<InvokeInstruction> calls = new ArrayList<>();
        int line = 0;
        for (CodeElement element : method.code().map(CodeModel::elementList).orElse(List.of())) {
            if (element instanceof LineNumber number) {
                line = number.line();
            } else if (element instanceof InvokeInstruction call && line >= first && line <= last) {
                calls.add(call);
            }
        }
        return calls;
    }

    /** What becomes of a call, in words; null when there is nothing to weaken. Notes the accessor that it needs. */
    private @Nullable String weakenedBy(InvokeInstruction call) throws IOException {
        String direct = weakerName(call);
        if (direct != null) {
            return sentence(call.name().stringValue(), direct);
        }
        Method accessor = method(call);
        if (!accessor.owner.startsWith(OURS)) {
            return null;
        }
        MethodModel body = classes.method(accessor.owner, accessor.name, accessor.type);
        if (body == null) {
            return null;
        }
        for (InvokeInstruction inner : calls(body, 0, Integer.MAX_VALUE)) {
            String name = weakerName(inner);
            if (name != null) {
                copiesByClass
                        .computeIfAbsent(accessor.owner, _ -> new HashSet<>())
                        .add(accessor);
                return sentence(inner.name().stringValue(), name);
            }
        }
        return null;
    }

    private static String sentence(String before, String after) {
        return after.isEmpty() ? before + " is left out" : before + " becomes " + after;
    }

    private @Nullable String weakerName(InvokeInstruction call) {
        return call.owner().asInternalName().equals(VAR_HANDLE)
                ? weaker.get(call.name().stringValue())
                : null;
    }

    private static Method method(InvokeInstruction call) {
        return new Method(
                call.owner().asInternalName(),
                call.name().stringValue(),
                call.type().stringValue());
    }

    private byte[] weakened(String name) throws IOException {
        ClassModel model = classes.read(name);
        Set<Integer> lines = linesByClass.getOrDefault(name, Set.of());
        Set<Method> copies = copiesByClass.getOrDefault(name, Set.of());
        ClassTransform transform = ClassTransform.transformingMethodBodies(
                        CodeTransform.ofStateful(() -> atLines(lines)))
                .andThen(ClassTransform.endHandler(builder -> {
                    for (MethodModel each : model.methods()) {
                        if (copies.contains(new Method(
                                name,
                                each.methodName().stringValue(),
                                each.methodType().stringValue()))) {
                            builder.withMethod(
                                    each.methodName().stringValue() + COPY,
                                    each.methodTypeSymbol(),
                                    each.flags().flagsMask(),
                                    copy -> each.code()
                                            .ifPresent(code -> copy.transformCode(code, this::weakenDirect)));
                        }
                    }
                }));
        return ClassFile.of().transformClass(model, transform);
    }

    /** Weakens the calls of some lines. */
    private CodeTransform atLines(Set<Integer> lines) {
        int[] line = new int[1];
        return (builder, element) -> {
            if (element instanceof LineNumber number) {
                line[0] = number.line();
            }
            if (element instanceof InvokeInstruction call && lines.contains(line[0])) {
                Method accessor = method(call);
                if (copiesByClass.getOrDefault(accessor.owner, Set.of()).contains(accessor)) {
                    builder.invoke(
                            call.opcode(),
                            call.owner().asSymbol(),
                            accessor.name + COPY,
                            call.typeSymbol(),
                            call.isInterface());
                    return;
                }
                weakenDirect(builder, call);
                return;
            }
            builder.with(element);
        };
    }

    private void weakenDirect(CodeBuilder builder, CodeElement element) {
        String name = element instanceof InvokeInstruction call ? weakerName(call) : null;
        if (name == null) {
            builder.with(element);
        } else if (!name.isEmpty() && element instanceof InvokeInstruction call) {
            builder.invoke(call.opcode(), call.owner().asSymbol(), name, call.typeSymbol(), call.isInterface());
        }
    }
}
