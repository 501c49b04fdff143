package io.github.tandem4j.cli;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;

/** The command {@code tandem}. */
@Command(
        name = "tandem",
        description = "A small language model in this process and a large one over HTTP, as one.",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND")
public final class Tandem {

    @Option(names = "--stacktrace", description = "Print the stack trace of a failure.", scope = ScopeType.INHERIT)
    private boolean stacktrace;

    private Tandem() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] args) {
        // Models write any language; the platform's charset may not.
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
        int code = run(new Surroundings(System.getenv(), System.in, out, err), args);
        out.flush();
        System.exit(code);
    }

    /** {@return the exit code of a command run in these surroundings} */
    static int run(Surroundings surroundings, String... args) {
        Tandem tandem = new Tandem();
        CommandLine line = new CommandLine(tandem)
                .addSubcommand(new Demo(surroundings))
                .addSubcommand(new Chat(surroundings))
                .addSubcommand(new Import(surroundings))
                .addSubcommand(new Generate(surroundings))
                .addSubcommand(new Score(surroundings))
                .addSubcommand(new Bench(surroundings))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> tandem.fail(surroundings, failure))
                .setParameterExceptionHandler((failure, arguments) -> misuse(surroundings, failure));
        line.setOut(new java.io.PrintWriter(surroundings.out(), true, StandardCharsets.UTF_8));
        line.setErr(new java.io.PrintWriter(surroundings.err(), true, StandardCharsets.UTF_8));
        line.getCommandSpec().exitCodeOnUsageHelp(ExitCode.OK.number());
        line.getCommandSpec()
                .usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(Arrays.stream(ExitCode.values())
                        .collect(java.util.stream.Collectors.toMap(
                                code -> Integer.toString(code.number()),
                                ExitCode::meaning,
                                (a, b) -> a,
                                java.util.LinkedHashMap::new)));
        if (args.length == 0) {
            line.usage(line.getOut());
            return ExitCode.OK.number();
        }
        return line.execute(args);
    }

    private int fail(Surroundings surroundings, Exception failure) {
        surroundings
                .err()
                .println("tandem: " + (failure.getMessage() == null ? failure.toString() : failure.getMessage()));
        if (stacktrace) {
            failure.printStackTrace(surroundings.err());
        }
        return ExitCode.of(failure).number();
    }

    private static int misuse(Surroundings surroundings, ParameterException failure) {
        CommandLine command = failure.getCommandLine();
        surroundings.err().println("tandem: " + failure.getMessage());
        surroundings.err().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE.number();
    }
}
