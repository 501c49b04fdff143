package io.github.tandem4j.langchain4j;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A piece of English as the scripted model reads it: what is to be done, and the matter that it is to be done with.
 *
 * @param instruction what the matter is for, such as {@code Extract names of people from the following text:}
 * @param matter what is read
 */
record Passage(String instruction, String matter) {

    private static final Pattern INSTRUCTED =
            Pattern.compile("^((?:Extract|Process|Represent|Use 'process')[^:]*: ?)(.*)$", Pattern.DOTALL);
    private static final Pattern PLACE =
            Pattern.compile("(?:^(?!The |What |Use )|\\b(?:in|is|to|be) )([A-Z][a-z]+(?: [A-Z][a-z]+)*)");
    private static final Pattern DATE = Pattern.compile("(\\d+)\\w* of (\\w+) (\\d{4})");
    private static final List<String> MONTHS = List.of(
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December");

    /** What comes before that which a property of this name is about. */
    private static final Map<String, String> LEADS = Map.of(
            "shippingAddress", "delivery to ",
            "billingAddress", "billing address should be ",
            "address", "lives in ",
            "pet", "owns ",
            "pets", "pets: ",
            "children", "children: ",
            "favouriteColors", "likes ");

    static Passage of(String text) {
        Matcher instructed = INSTRUCTED.matcher(text);
        return instructed.matches()
                ? new Passage(instructed.group(1), unquoted(instructed.group(2)))
                : new Passage("", text);
    }

    private static String unquoted(String text) {
        return text.startsWith("'") && text.endsWith("'") ? text.substring(1, text.length() - 1) : text;
    }

    Passage about(String part) {
        return new Passage(instruction, part);
    }

    /** {@return the part that is about a property} */
    Optional<Passage> partOn(String property) {
        String lead = LEADS.get(property);
        if (lead == null) {
            return Optional.of(this);
        }
        int start = matter.indexOf(lead);
        return start < 0 ? Optional.empty() : Optional.of(about(matter.substring(start + lead.length())));
    }

    /** {@return an argument, if it is written as a term such as {@code f(a, b)}; all of it if not} */
    Optional<Passage> argument(int index) {
        Optional<List<String>> arguments = arguments();
        if (arguments.isEmpty()) {
            return Optional.of(this);
        }
        List<String> all = arguments.get();
        return index < all.size() ? Optional.of(about(all.get(index))) : Optional.empty();
    }

    /** {@return the things that are listed: its sentences, or what stands between commas and ands} */
    List<Passage> items() {
        List<String> sentences = List.of(matter.split("(?<=[a-z]\\.) ?(?=[A-Z])"));
        List<String> parts = sentences.size() > 1 ? sentences : List.of(matter.split(",? and |, "));
        return parts.stream().map(part -> about(part.strip())).toList();
    }

    boolean lists() {
        return matter.contains(" and ") || matter.contains(", ") || items().size() > 1;
    }

    /** {@return who or what it is about} */
    Optional<String> name() {
        return first("^([A-Z][a-z]+)\\b").or(() -> first("named ([A-Z][a-z]+)")).or(() -> first("\\b([A-Z][a-z]+)\\b"));
    }

    Optional<String> place() {
        return PLACE.matcher(matter).results().map(match -> match.group(1)).findFirst();
    }

    List<Integer> integers() {
        return Pattern.compile("(?<![\\d.-])\\d+(?![\\d.])")
                .matcher(matter)
                .results()
                .map(match -> Integer.valueOf(match.group()))
                .toList();
    }

    Optional<Integer> integerOn(String property) {
        return switch (property) {
            case "age" -> first("(\\d+)[ -]years?[ -]old").map(Integer::valueOf);
            case "day" -> date(1).map(Integer::valueOf);
            case "month" -> date(2).map(month -> MONTHS.indexOf(month) + 1);
            case "year" -> date(3).map(Integer::valueOf);
            case "hour" -> first("at (\\d+):\\d+").map(Integer::valueOf);
            case "minute" -> first("at \\d+:(\\d+)").map(Integer::valueOf);
            case "second", "nano" -> first("at (\\d+:\\d+)").map(time -> 0);
            case "value" ->
                instruction.contains("number of people")
                        ? Optional.of(items().size())
                        : integers().stream().findFirst();
            default -> Optional.empty();
        };
    }

    Optional<Double> decimal() {
        return first("(-?\\d+\\.\\d+)").map(Double::valueOf);
    }

    Optional<Boolean> truthOf(String property) {
        return switch (property) {
            case "married" -> first("\\b(married|single)\\b").map("married"::equals);
            case "indoor" -> Optional.of(matter.contains("indoor"));
            case "value" -> Optional.of(matter.contains(" man"));
            default -> Optional.empty();
        };
    }

    /** {@return those of the words that occur in it, in the order of occurrence, as often as they do} */
    List<String> occurrences(List<String> words) {
        List<String> exact = occurrences(words, 0);
        return exact.isEmpty() ? occurrences(words, Pattern.CASE_INSENSITIVE) : exact;
    }

    private List<String> occurrences(List<String> words, int flags) {
        return Pattern.compile("\\b(?:" + String.join("|", words) + ")\\b", flags)
                .matcher(matter)
                .results()
                .map(match -> words.stream()
                        .filter(word -> word.equalsIgnoreCase(match.group()))
                        .findFirst()
                        .orElseThrow())
                .toList();
    }

    boolean mentions(String word) {
        return matter.toLowerCase(Locale.ROOT).contains(word.toLowerCase(Locale.ROOT));
    }

    /** {@return the first group of the first match} */
    Optional<String> first(String regex) {
        return Pattern.compile(regex)
                .matcher(matter)
                .results()
                .map(match -> match.group(1))
                .findFirst();
    }

    private Optional<String> date(int group) {
        return DATE.matcher(matter).results().map(match -> match.group(group)).findFirst();
    }

    private Optional<List<String>> arguments() {
        return first("^\\w+\\((.*)\\)\\.?$").map(inside -> {
            int depth = 0;
            for (int i = 0; i < inside.length(); i++) {
                char c = inside.charAt(i);
                depth += c == '(' ? 1 : c == ')' ? -1 : 0;
                if (c == ',' && depth == 0) {
                    return List.of(
                            inside.substring(0, i), inside.substring(i + 1).strip());
                }
            }
            return List.of(inside);
        });
    }
}
