package org.mm4j.lab;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.mm4j.api.NodeSnapshot;
import org.mm4j.api.PageFrame;
import org.mm4j.api.ZoneSnapshot;
import org.mm4j.kernel.BuddyInfoText;
import org.mm4j.lab.replay.ReplayTarget;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code mm buddyinfo}: the free blocks of a kernel, as /proc/buddyinfo prints them. */
@Command(
        name = "buddyinfo",
        description = {
            "Replays a trace, and prints how many free blocks of order 0 to 10 each zone has after its last event, as "
                    + "/proc/buddyinfo does.",
            "",
            "Without a trace it replays the recording that comes with the program; with --boot it prints a kernel that "
                    + "has just booted."
        })
final class BuddyinfoCommand implements Callable<Integer> {
    private final Surroundings surroundings;

    @Mixin
    private final KernelLook look = new KernelLook();

    @Parameters(arity = "0..1", paramLabel = "FILE|-", description = "A trace, or - for standard input.")
    private @Nullable String file;

    BuddyinfoCommand(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        KernelLook.Seen<List<NodeSnapshot>> seen = look.look(surroundings, file, ReplayTarget::snapshot);
        if (look.isJson()) {
            surroundings.out().println(json(seen.what()));
        } else {
            surroundings.out().print(BuddyInfoText.of(seen.what()));
        }
        return seen.exitCode();
    }

    private static JsonObject json(List<NodeSnapshot> nodes) {
        JsonArray zones = new JsonArray();
        for (NodeSnapshot node : nodes) {
            node.zones().stream().filter(ZoneSnapshot::isPopulated).forEach(zone -> zones.add(json(zone)));
        }
        JsonObject all = new JsonObject();
        all.add("zones", zones);
        return all;
    }

    private static JsonObject json(ZoneSnapshot zone) {
        JsonArray free = new JsonArray();
        for (int order = 0; order < PageFrame.NR_PAGE_ORDERS; order++) {
            free.add(zone.freeBlocks().blocks(order));
        }
        JsonObject one = new JsonObject();
        one.addProperty("node", zone.nid());
        one.addProperty("zone", zone.type().kernelName());
        one.add("freeBlocks", free);
        return one;
    }
}
