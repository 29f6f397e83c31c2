package org.mm4j.kernel;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import org.mm4j.api.FaultAttributes;

/**
 * How often calls fail, point by point, as people write it: {@code 1/1000} for all points, or {@code
 * failslab=0.001,fail_page_alloc=1/200} for some.
 *
 * <p>In Linux 6.18: lib/fault-inject.c, setup_fault_attr(), which takes one point at a time.
 *
 * @param attributes of the points that fail at all
 */
public record FaultRates(Map<FaultPoint, FaultAttributes> attributes) {
    /** Nothing fails. */
    public static final FaultRates NONE = new FaultRates(Map.of());

    /** The map is copied. */
    public FaultRates {
        attributes = Collections.unmodifiableMap(
                attributes.isEmpty() ? new EnumMap<>(FaultPoint.class) : new EnumMap<>(attributes));
    }

    /**
     * Reads rates.
     *
     * @throws IllegalArgumentException when the text is not that; the message says what is wrong
     */
    public static FaultRates parse(String text) {
        Map<FaultPoint, FaultAttributes> attributes = new EnumMap<>(FaultPoint.class);
        if (text.indexOf('=') < 0 && text.indexOf(',') < 0) {
            FaultAttributes all = FaultAttributes.ofRate(text);
            for (FaultPoint point : FaultPoint.values()) {
                attributes.put(point, all);
            }
            return new FaultRates(attributes);
        }
        for (String each : text.split(",", -1)) {
            int equals = each.indexOf('=');
            if (equals < 0) {
                throw new IllegalArgumentException("'" + each + "' is not POINT=RATE, as failslab=1/1000");
            }
            FaultPoint point = FaultPoint.of(each.substring(0, equals).strip());
            if (attributes.put(point, FaultAttributes.ofRate(each.substring(equals + 1))) != null) {
                throw new IllegalArgumentException(point.kernelName() + " is given twice");
            }
        }
        return new FaultRates(attributes);
    }

    /** Sets the points that are named; the others stay as they are. */
    public void applyTo(KernelFaults faults) {
        attributes.forEach(faults::set);
    }
}
