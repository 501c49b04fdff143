package io.github.tandem4j.onnx.tokenizer;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the texts of messages from becoming special tokens. A template mixes both in one string, and a user may type
 * {@code <|im_end|>}. So wherever a content has the first two characters of a special token, an unguessable mark goes
 * between them before the template is rendered: the content still trims, splits and compares as before, but in the
 * rendered prompt a special token without marks can only come from the template. Then the marks are taken out again.
 */
public final class ContentMarks {
    private static final SecureRandom RANDOM = new SecureRandom();

    private final List<String> specials;
    private final Set<String> starts = new TreeSet<>();
    private final String mark;

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
     * Marks for a prompt, which nobody can foresee.
     *
     * @param specials the special tokens, as they are written
     */
    public ContentMarks(Collection<String> specials) {
        // The longest first: of two that begin alike the longer is meant.
        this.specials = specials.stream()
                .sorted(Comparator.comparingInt(String::length).reversed().thenComparing(Comparator.naturalOrder()))
                .toList();
        specials.forEach(special -> starts.add(special.substring(0, Math.min(2, special.length()))));
        mark = unguessable();
    }

    /** Three of the 6,400 private-use characters: no text has them by chance, and nobody can foresee which. */
    static String unguessable() {
        char[] characters = new char[3];
        for (int i = 0; i < characters.length; i++) {
            characters[i] = (char) (0xE000 + RANDOM.nextInt(0x1900));
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
        String clean = content.replace(mark, "");
        for (String start : starts) {
            clean = clean.replace(start, start.charAt(0) + mark + start.substring(1));
        }
        return clean;
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
            if (rendered.startsWith(mark, at)) {
                at += mark.length();
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
        for (String special : specials) {
            // The mark behind a token of one character says that it is text.
            if (rendered.startsWith(special, at)
                    && (special.length() > 1 || !rendered.startsWith(mark, at + special.length()))) {
                return special;
            }
        }
        return null;
    }
}
