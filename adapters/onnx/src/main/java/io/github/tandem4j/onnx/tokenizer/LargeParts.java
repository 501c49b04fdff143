package io.github.tandem4j.onnx.tokenizer;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.tandem4j.onnx.files.JsonTrees;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The vocabulary and the merges of a {@code tokenizer.json}, cut out of it. They are nearly all of the file and of one
 * simple form each. With a parser for any JSON in its place, opening a model in a new process, where nothing is compiled
 * yet, takes a tenth longer, and more where the machine has other things to do.
 *
 * <p>What is not of the form that all such files have (a name twice or with an escape in it, a number that is no id) is not
 * cut: the parser then reads the whole file, and says what is wrong with it.
 */
final class LargeParts {
    private final byte[] bytes;
    private final Map<String, Integer> vocabulary = new LinkedHashMap<>();
    private final ByteArrayOutputStream rest = new ByteArrayOutputStream();
    private int at;
    private int kept;
    private int vocabularyFrom;
    private int vocabularyTo;
    private int mergesFrom;
    private int mergesTo;

    /** What is not of the form. */
    private static final class OtherForm extends Exception {
        private static final long serialVersionUID = 1;

        OtherForm() {
            super("", null, false, false);
        }
    }

    private LargeParts(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Cuts them out; null if they are not of the usual form. */
    static @Nullable LargeParts of(byte[] bytes) {
        LargeParts parts = new LargeParts(bytes);
        try {
            parts.object(true);
            return parts.vocabularyTo == 0 || parts.mergesTo == 0 ? null : parts;
        } catch (OtherForm | IOException | ArrayIndexOutOfBoundsException e) {
            return null; // the last one at a file's end
        }
    }

    /** The file without them: with an empty object and an empty array in their places. */
    byte[] rest() {
        rest.write(bytes, kept, bytes.length - kept);
        kept = bytes.length;
        return rest.toByteArray();
    }

    Map<String, Integer> vocabulary() {
        return vocabulary;
    }

    int vocabularyFrom() {
        return vocabularyFrom;
    }

    int vocabularyTo() {
        return vocabularyTo;
    }

    int mergesFrom() {
        return mergesFrom;
    }

    int mergesTo() {
        return mergesTo;
    }

    /** The file's object, or that of its model. */
    private void object(boolean isRoot) throws OtherForm, IOException {
        Set<String> names = new HashSet<>();
        expect('{');
        if (next() == '}') {
            throw new OtherForm();
        }
        do {
            int from = string(false) + 1;
            String name = new String(bytes, from, at - 1 - from, UTF_8);
            expect(':');
            if (!names.add(name)) {
                throw new OtherForm();
            }
            if (isRoot && name.equals("model") && next() == '{') {
                object(false);
            } else if (!isRoot && name.equals("vocab") && next() == '{') {
                vocabularyFrom = at;
                readVocabulary();
                vocabularyTo = at;
                cut(vocabularyFrom, "{}");
            } else if (!isRoot && name.equals("merges") && next() == '[') {
                mergesFrom = at;
                skipMerges();
                mergesTo = at;
                cut(mergesFrom, "[]");
            } else {
                skipValue();
            }
        } while (isMore('}'));
    }

    private void cut(int from, String instead) {
        rest.write(bytes, kept, from - kept);
        rest.writeBytes(instead.getBytes(UTF_8));
        kept = at;
    }

    private void readVocabulary() throws OtherForm, IOException {
        expect('{');
        do {
            int from = string(true);
            String token = text(from, at);
            expect(':');
            if (vocabulary.put(token, id()) != null) {
                throw new OtherForm();
            }
        } while (isMore('}'));
    }

    private String text(int from, int to) throws OtherForm, IOException {
        for (int i = from + 1; i < to - 1; i++) {
            if (bytes[i] == '\\') {
                return JsonTrees.read(Arrays.copyOfRange(bytes, from, to)).asText();
            }
        }
        String text = new String(bytes, from + 1, to - from - 2, UTF_8);
        if (text.indexOf('\uFFFD') >= 0) { // perhaps in place of what is no UTF-8
            throw new OtherForm();
        }
        return text;
    }

    private int id() throws OtherForm {
        next();
        int from = at;
        int id = 0;
        while (bytes[at] >= '0' && bytes[at] <= '9') {
            id = 10 * id + bytes[at++] - '0';
        }
        boolean isId = at > from && at - from <= 9 && (bytes[from] != '0' || at == from + 1);
        if (!isId || (next() != ',' && next() != '}')) {
            throw new OtherForm();
        }
        return id;
    }

    /** Texts, or pairs of texts. */
    private void skipMerges() throws OtherForm {
        expect('[');
        if (next() == ']') {
            at++;
            return;
        }
        do {
            if (next() == '[') {
                at++;
                string(true);
                expect(',');
                string(true);
                expect(']');
            } else {
                string(true);
            }
        } while (isMore(']'));
    }

    /** Whatever it is; the parser reads it again. */
    private void skipValue() throws OtherForm {
        int depth = 0;
        do {
            byte first = next();
            if (first == '"') {
                string(true);
            } else {
                depth += first == '{' || first == '[' ? 1 : first == '}' || first == ']' ? -1 : 0;
                at++;
            }
        } while (depth > 0 || (next() != ',' && next() != '}'));
    }

    /** Goes behind a string, and gives its beginning. */
    private int string(boolean mayHaveEscapes) throws OtherForm {
        expect('"');
        int from = at - 1;
        for (byte each = bytes[at]; each != '"'; each = bytes[at]) {
            if (each == '\\' && mayHaveEscapes) {
                at++;
            } else if (each == '\\' || (each >= 0 && each < ' ')) {
                throw new OtherForm();
            }
            at++;
        }
        at++;
        return from;
    }

    private void expect(char wanted) throws OtherForm {
        if (next() != wanted) {
            throw new OtherForm();
        }
        at++;
    }

    /** Whether a comma follows, or the end does; it goes behind it. */
    private boolean isMore(char end) throws OtherForm {
        byte found = next();
        if (found != ',' && found != end) {
            throw new OtherForm();
        }
        at++;
        return found == ',';
    }

    /** The next byte that is no white space. */
    private byte next() {
        while (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\r' || bytes[at] == '\t') {
            at++;
        }
        return bytes[at];
    }
}
