package org.mm4j.lab;

import java.io.PrintWriter;
import java.util.List;
import org.mm4j.lab.trace.TraceFormatException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code mm} command. */
@Command(name = "mm", description = "The memory management of Linux 6.18, to run, to look at and to try.")
public final class Mm implements Runnable {
    /** Exit code: done, and everything that was checked is right. */
    static final int GOOD = 0;
    /** Exit code: a check failed. */
    static final int CHECK_FAILED = 1;
    /** Exit code: the command or its input cannot be understood. */
    static final int BAD_USAGE = 2;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private Mm() {}

    /** Runs a command and exits. */
    public static void main(String[] arguments) {
        System.exit(execute(Surroundings.ofProcess(), arguments));
    }

    /** Runs a command; returns the exit code. */
    static int execute(Surroundings surroundings, String... arguments) {
        CommandLine mm = new CommandLine(new Mm());
        commands(surroundings).forEach(mm::addSubcommand);
        addHelp(mm);
        mm.getSubcommands().values().forEach(Mm::addHelp);
        mm.setCaseInsensitiveEnumValuesAllowed(true);
        mm.setOut(new PrintWriter(surroundings.out(), true, surroundings.out().charset()))
                .setErr(new PrintWriter(
                        surroundings.err(), true, surroundings.err().charset()))
                .setParameterExceptionHandler((e, args) -> badUsage(surroundings, e))
                .setExecutionExceptionHandler((e, commandLine, parsed) -> failure(surroundings, commandLine, e));
        try {
            return mm.execute(arguments);
        } catch (OutOfMemoryError e) {
            return error(surroundings, "the Java heap is too small for this; give it more with -Xmx", CHECK_FAILED);
        }
    }

    /** All subcommands. */
    private static List<Object> commands(Surroundings surroundings) {
        return List.of(
                new RunCommand(surroundings),
                new ReplayCommand(surroundings),
                new CatCommand(surroundings),
                new BuddyinfoCommand(surroundings),
                new SlabinfoCommand(surroundings),
                new SlabtopCommand(surroundings),
                new VmallocinfoCommand(surroundings),
                new ProcCommand(surroundings),
                new ZonesCommand(surroundings),
                new FragmentCommand(surroundings),
                new WhichCommand(surroundings),
                new GeometryCommand(surroundings),
                new StressCommand(surroundings));
    }

    private static void addHelp(CommandLine command) {
        command.getCommandSpec()
                .addOption(OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Show this help.")
                        .build());
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command");
    }

    private static int badUsage(Surroundings surroundings, ParameterException e) {
        String command = e.getCommandLine().getCommandSpec().qualifiedName();
        return error(surroundings, e.getMessage() + "; see " + command + " --help", BAD_USAGE);
    }

    private static int failure(Surroundings surroundings, CommandLine commandLine, Exception e) {
        return switch (e) {
            case TraceFormatException bad -> error(surroundings, String.valueOf(bad.getMessage()), BAD_USAGE);
            case UsageException bad -> error(surroundings, String.valueOf(bad.getMessage()), BAD_USAGE);
            default -> error(surroundings, commandLine.getCommandName() + " failed: " + e, CHECK_FAILED);
        };
    }

    /** Prints one line, whatever is in the message. */
    private static int error(Surroundings surroundings, String message, int exitCode) {
        surroundings.err().println("mm: " + message.replaceAll("\\s*[\\p{Cntrl}]+\\s*", " "));
        return exitCode;
    }
}
