package io.github.tandem4j.cli;

import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
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
        System.setOut(err); // what a library prints is no result
        System.exit(run(new Surroundings(System.getenv(), System.in, out, err), args));
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
                .addSubcommand(new Certify(surroundings))
                .addSubcommand(new LearnCascade(surroundings))
                .addSubcommand(new ReplayLab(surroundings))
                .addSubcommand(new Train(surroundings))
                .addSubcommand(new Route(surroundings))
                .addSubcommand(new ShowPrices(surroundings))
                .addSubcommand(new Embed(surroundings))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExecutionExceptionHandler((failure, command, parsed) -> tandem.fail(surroundings, failure))
                .setParameterExceptionHandler((failure, arguments) -> misuse(surroundings, failure));
        line.getSubcommands().values().forEach(each -> each.getCommandSpec().versionProvider(new Version()));
        line.setOut(new PrintWriter(surroundings.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(surroundings.err(), true, StandardCharsets.UTF_8));
        line.getCommandSpec().exitCodeOnUsageHelp(ExitCode.OK.number());
        line.getCommandSpec()
                .usageMessage()
                .exitCodeListHeading("%nExit codes:%n")
                .exitCodeList(ExitCode.meanings());
        if (args.length == 0) {
            line.usage(line.getOut());
            return ExitCode.OK.number();
        }
        return tandem.execute(line, surroundings, args);
    }

    private int execute(CommandLine line, Surroundings surroundings, String... args) {
        int code;
        try {
            code = line.execute(args);
        } catch (LinkageError | OutOfMemoryError e) { // picocli hands over exceptions alone
            code = fail(surroundings, e);
        }
        if (surroundings.out().checkError() && code == ExitCode.OK.number()) {
            surroundings.complain("standard output could not be written");
            return ExitCode.FAILED.number();
        }
        return code;
    }

    private int fail(Surroundings surroundings, Throwable failure) {
        String message = failure.getMessage();
        surroundings.complain(message == null || failure instanceof Error ? failure.toString() : message);
        if (stacktrace) {
            failure.printStackTrace(surroundings.err());
        }
        return ExitCode.of(failure).number();
    }

    private static int misuse(Surroundings surroundings, ParameterException failure) {
        CommandLine command = failure.getCommandLine();
        surroundings.complain(String.valueOf(failure.getMessage()));
        surroundings.err().println("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE.number();
    }
}
