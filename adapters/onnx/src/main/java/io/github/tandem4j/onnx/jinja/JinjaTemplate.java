package io.github.tandem4j.onnx.jinja;

import java.time.Clock;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A chat template: the part of Jinja that Hugging Face's models use, with the environment that {@code
 * apply_chat_template} gives them ({@code trim_blocks}, {@code lstrip_blocks}, loop controls, {@code raise_exception},
 * {@code strftime_now}).
 *
 * <p>A template comes with a model and is not trusted. It is an interpreter's program over strings, numbers, lists and
 * maps, with no way to a Java object, a file or a clock beyond the functions listed here; steps, sizes and depths are
 * bounded by {@code JinjaScope}. That is why it is written here: the engines for Java 17 reach Java objects by
 * reflection and then try to fence that in.
 *
 * <p>Immutable and thread-safe.
 */
public final class JinjaTemplate {
    private static final int LONGEST_SOURCE = 1 << 20;

    /** What an element of a list costs, by the memory that it takes. */
    private static final int LIST_ELEMENT = 16;

    private final JinjaStatements.Statement body;
    private final Clock clock;

    private JinjaTemplate(JinjaStatements.Statement body, Clock clock) {
        this.body = body;
        this.clock = clock;
    }

    /**
     * Reads a template.
     *
     * @param source at most 1,048,576 characters
     * @param clock what {@code strftime_now} tells the time by
     * @return the template
     * @throws JinjaException if it is wrong, or uses what is not supported
     */
    public static JinjaTemplate parse(String source, Clock clock) {
        if (source.length() > LONGEST_SOURCE) {
            throw new JinjaException("template has " + source.length() + " characters; at most " + LONGEST_SOURCE);
        }
        try {
            return new JinjaTemplate(new JinjaStatements(new JinjaLexer(source).tokens()).template(), clock);
        } catch (StackOverflowError e) { // a long chain of elif
            throw new JinjaException("template nests too deeply");
        }
    }

    /**
     * Renders the template.
     *
     * @param variables by name: strings, booleans, numbers, lists and maps of these
     * @return the text
     * @throws JinjaException if the template refuses the variables, or takes too much
     */
    public String render(Map<String, Object> variables) {
        Map<String, Object> globals = new HashMap<>(variables);
        globals.put("raise_exception", (JinjaValues.Function) (scope, args, named) -> {
            throw new JinjaException("template refuses the messages: " + JinjaValues.text(args.get(0)));
        });
        globals.put("namespace", (JinjaValues.Function) (scope, args, named) -> new JinjaValues.Namespace(named));
        globals.put("dict", (JinjaValues.Function) (scope, args, named) -> named);
        globals.put("range", (JinjaValues.Function) (scope, args, named) -> range(scope, args));
        globals.put(
                "strftime_now", (JinjaValues.Function) (scope, args, named) -> strftime(JinjaValues.text(args.get(0))));
        JinjaScope scope = new JinjaScope(globals);
        try {
            body.render(scope);
        } catch (StackOverflowError e) {
            throw new JinjaException("template nests too deeply");
        }
        return scope.output();
    }

    private static List<Object> range(JinjaScope scope, List<Object> args) {
        long from = args.size() > 1 ? JinjaValues.integer(args.get(0)) : 0;
        long to = JinjaValues.integer(args.get(args.size() > 1 ? 1 : 0));
        long step = args.size() > 2 ? JinjaValues.integer(args.get(2)) : 1;
        if (step == 0) {
            throw new JinjaException("range has a step of 0");
        }
        List<Object> numbers = new ArrayList<>();
        for (long number = from; step > 0 ? number < to : number > to; number += step) {
            scope.charge(LIST_ELEMENT);
            numbers.add(number);
        }
        return numbers;
    }

    private String strftime(String format) {
        ZonedDateTime now = ZonedDateTime.now(clock);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                text.append(c);
                continue;
            }
            char directive = format.charAt(++i);
            boolean unpadded = directive == '-' && i + 1 < format.length();
            directive = unpadded ? format.charAt(++i) : directive;
            String pattern =
                    switch (directive) {
                        case 'd' -> "dd";
                        case 'b' -> "MMM";
                        case 'B' -> "MMMM";
                        case 'm' -> "MM";
                        case 'Y' -> "yyyy";
                        case 'y' -> "yy";
                        case 'A' -> "EEEE";
                        case 'a' -> "EEE";
                        case 'H' -> "HH";
                        case 'I' -> "hh";
                        case 'M' -> "mm";
                        case 'S' -> "ss";
                        case 'p' -> "a";
                        case 'j' -> "DDD";
                        case '%' -> "'%'";
                        default -> throw new JinjaException("strftime_now does not know %" + directive);
                    };
            String formatted =
                    DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(now);
            text.append(unpadded ? formatted.replaceFirst("^0+(?=\\d)", "") : formatted);
        }
        return text.toString();
    }
}
