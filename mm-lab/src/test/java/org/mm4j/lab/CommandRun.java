package org.mm4j.lab;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.io.PrintStream;
import java.time.Duration;

/**
 * What a command did, on kernels of mm-kernel.
 *
 * @param exitCode of the command
 * @param out what it printed
 * @param err what it complained about
 */
record CommandRun(int exitCode, String out, String err) {
    /** Runs a command whose standard input is {@code in}. */
    static CommandRun of(InputStream in, String... arguments) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        int exitCode = Mm.execute(
                new Surroundings(
                        in,
                        new PrintStream(out, true, UTF_8),
                        new PrintStream(err, true, UTF_8),
                        false,
                        false,
                        Kernels.forReplay(),
                        Duration.ZERO),
                arguments);
        return new CommandRun(exitCode, out.toString(UTF_8), err.toString(UTF_8));
    }

    /** Runs a command on a trace of these lines. */
    static CommandRun of(String trace, String... arguments) {
        return of(new ByteArrayInputStream(trace.getBytes(UTF_8)), arguments);
    }

    JsonObject json() {
        return JsonParser.parseString(out).getAsJsonObject();
    }
}
