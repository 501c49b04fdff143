package io.github.tandem4j.onnx.tokenizer;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the texts of messages from becoming special tokens. A template mixes both in one string, and a user may type
 * {@code <|im_end|>}. So wherever a content has the first two characters of a special token, a mark goes between them before
 * the template is rendered: the content still trims, splits and compares as before, but in the rendered prompt a special
 * token without marks can only come from the template. Then the marks are taken out again.
 *
 * <p>A content need not have a token whole: templates may write two contents side by side, or one behind a bracket of their
 * own. So a mark goes behind a token's first character too where a content, or a part of it that a template may cut out, ends
 * with it, and behind its second one where a content begins with what would follow the first.
 *
 * <p>The mark is one character, so that no template cuts it in two, and one that neither the texts nor the special tokens
 * have. What it takes to find them is linear in the texts, however many special tokens there are: some vocabularies have
 * thousands.
 */
public final class ContentMarks {
    private static final SecureRandom RANDOM = new SecureRandom();

    /** The private-use characters. */
    private static final char FIRST_MARK = 0xE000;

    private static final int MARKS = 0x1900;

    /** By their first two characters, or the only one; of two that begin alike the longer is meant, and comes first. */
    private final Map<String, List<String>> specials = new HashMap<>();

    private final BitSet firsts = new BitSet();

    /** The second and third characters of those that have so many. */
    private final Set<String> continuations = new HashSet<>();

    private final BitSet seconds = new BitSet();
    private final char mark;

    /**
     * A special token in a prompt.
     *
     * @param start where it begins
     * @param token as it is written
     */
    public record Special(int start, String token) {}

    /**
     * A prompt without marks.
     *
     * @param text the prompt
     * @param specials the special tokens that its template wrote, from first to last
     */
    public record Marked(String text, List<Special> specials) {}

    /**
     * Marks for a prompt none of whose texts has a character for private use.
     *
     * @param specials the special tokens, as they are written
     */
    public ContentMarks(Collection<String> specials) {
        this(specials, List.of());
    }

    /**
     * Marks for a prompt.
     *
     * @param specials the special tokens, as they are written
     * @param texts all that will be rendered, as trees of maps and lists
     */
    public ContentMarks(Collection<String> specials, Collection<?> texts) {
        specials.stream()
                .sorted(Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()))
                .forEach(this::add);
        BitSet used = new BitSet(MARKS);
        collect(specials, used);
        collect(texts, used);
        int any = RANDOM.nextInt(MARKS);
        int free = used.nextClearBit(any) < MARKS ? used.nextClearBit(any) : used.nextClearBit(0);
        mark = (char) (FIRST_MARK + (free < MARKS ? free : any)); // who has them all loses one
    }

    private void add(String special) {
        String start = special.substring(0, Math.min(2, special.length()));
        specials.computeIfAbsent(start, key -> new ArrayList<>()).add(special);
        firsts.set(special.charAt(0));
        if (special.length() > 2) {
            continuations.add(special.substring(1, 3));
            seconds.set(special.charAt(1));
        }
    }

    private static void collect(Object value, BitSet used) {
        if (value instanceof String text) {
            text.chars().filter(c -> c >= FIRST_MARK && c < FIRST_MARK + MARKS).forEach(c -> used.set(c - FIRST_MARK));
        } else if (value instanceof Collection<?> all) {
            all.forEach(each -> collect(each, used));
        } else if (value instanceof Map<?, ?> map) {
            map.forEach((key, each) -> {
                collect(key, used);
                collect(each, used);
            });
        }
    }

    /** Three of the private-use characters: no text has them by chance, and nobody can foresee which. */
    static String unguessable() {
        char[] characters = new char[3];
        for (int i = 0; i < characters.length; i++) {
            characters[i] = (char) (FIRST_MARK + RANDOM.nextInt(MARKS));
        }
        return new String(characters);
    }

    /**
     * Marks a message: all strings in its tree, keys among them, the name of its role apart.
     *
     * @param message a tree of maps and lists
     * @return the tree with marks
     */
    public Map<String, Object> markMessage(Map<String, Object> message) {
        Map<String, Object> marked = new LinkedHashMap<>();
        message.forEach((key, each) -> marked.put(key, key.equals("role") ? each : mark(each)));
        return marked;
    }

    /**
     * Marks the strings in a tree of maps and lists, keys among them.
     *
     * @param value the tree
     * @return the tree with marks
     */
    public Object mark(Object value) {
        if (value instanceof String text) {
            return mark(text);
        }
        if (value instanceof List<?> list) {
            List<Object> marked = new ArrayList<>(list.size());
            list.forEach(each -> marked.add(mark(each)));
            return marked;
        }
        if (value instanceof Map<?, ?> map) {
            Map<String, Object> marked = new LinkedHashMap<>();
            map.forEach((key, each) -> marked.put(mark((String) key), mark(each)));
            return marked;
        }
        return value;
    }

    private String mark(String content) {
        String clean = content.replace(String.valueOf(mark), "");
        StringBuilder marked = new StringBuilder(clean.length() + 16);
        boolean begins = true;
        for (int i = 0; i < clean.length(); i++) {
            char c = clean.charAt(i);
            marked.append(c);
            if (mayBegin(clean, i) || (begins && mayGoOn(clean, i))) {
                marked.append(mark);
            }
            begins &= Character.isWhitespace(c);
        }
        return marked.toString();
    }

    /** Whether a special token may begin with this character, here or where a template puts what is up to here. */
    private boolean mayBegin(String text, int at) {
        char c = text.charAt(at);
        if (!firsts.get(c)) {
            return false;
        }
        if (specials.containsKey(String.valueOf(c))
                || (at + 1 < text.length() && specials.containsKey(text.substring(at, at + 2)))) {
            return true;
        }
        // Behind white space no mark goes, or texts could not be trimmed.
        return !Character.isWhitespace(c) && (isAtEnd(text, at) || firsts.get(text.charAt(at + 1)));
    }

    /** Whether a special token may go on with this character behind its first one. */
    private boolean mayGoOn(String text, int at) {
        return seconds.get(text.charAt(at))
                && (isAtEnd(text, at) || continuations.contains(text.substring(at, at + 2)));
    }

    /** Whether it is the last character, or would be if the text were trimmed there. */
    private static boolean isAtEnd(String text, int at) {
        return at + 1 == text.length() || Character.isWhitespace(text.charAt(at + 1));
    }

    /**
     * Finds the special tokens that the template wrote, and takes the marks out.
     *
     * @param rendered what the template made of marked contents
     * @return the prompt
     */
    public Marked unmark(String rendered) {
        StringBuilder text = new StringBuilder(rendered.length());
        List<Special> found = new ArrayList<>();
        for (int at = 0; at < rendered.length(); ) {
            if (rendered.charAt(at) == mark) {
                at++;
                continue;
            }
            String special = specialAt(rendered, at);
            if (special != null) {
                found.add(new Special(text.length(), special));
                text.append(special);
                at += special.length();
            } else {
                text.append(rendered.charAt(at++));
            }
        }
        return new Marked(text.toString(), List.copyOf(found));
    }

    private @Nullable String specialAt(String rendered, int at) {
        if (!firsts.get(rendered.charAt(at))) {
            return null;
        }
        for (int length = Math.min(2, rendered.length() - at); length > 0; length--) {
            for (String special : specials.getOrDefault(rendered.substring(at, at + length), List.of())) {
                // The mark behind a token of one character says that it is text.
                if (rendered.startsWith(special, at)
                        && (length > 1 || at + 1 == rendered.length() || rendered.charAt(at + 1) != mark)) {
                    return special;
                }
            }
        }
        return null;
    }
}
