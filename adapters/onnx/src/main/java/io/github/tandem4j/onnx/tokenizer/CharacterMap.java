package io.github.tandem4j.onnx.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The table by which SentencePiece normalises characters: the size of a double-array trie, the trie, and the texts that
 * its values point into, each ended by a zero. Wherever the trie has a beginning of what is left of a text, the longest
 * one is replaced.
 *
 * <p>The native library has the same, but follows the table's pointers without a look, so that one which leads outside
 * ends the process; and it replaces whole graphemes, which SentencePiece does not. So it is done here, and every pointer
 * is checked once before.
 *
 * @see <a href="https://github.com/s-yata/darts-clone">The trie's units</a>
 */
public final class CharacterMap {
    private static final int LEAF = 1 << 31;
    private static final int HAS_LEAF = 1 << 8;

    /** Bytes that are replaced at once, and what they are replaced by; Unicode has 33 at most. */
    private static final int LONGEST = 256;

    private final ByteBuffer table;
    private final int textFrom;

    private CharacterMap(ByteBuffer table, int textFrom) {
        this.table = table;
        this.textFrom = textFrom;
    }

    /**
     * A table that {@link #check} finds no fault with.
     *
     * @param table the bytes of a {@code Precompiled} normalizer
     * @return the table
     */
    public static CharacterMap of(byte[] table) {
        ByteBuffer in = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
        return new CharacterMap(in, 4 + in.getInt(0));
    }

    /**
     * Replaces what the table has.
     *
     * @param text the text
     * @return the text with its characters replaced
     */
    public String normalize(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream out = new ByteArrayOutputStream(utf8.length + 16);
        for (int at = 0; at < utf8.length; ) {
            int unit = next(0);
            int found = -1;
            int end = at;
            for (int i = at; i < Math.min(utf8.length, at + LONGEST); i++) {
                int c = utf8[i] & 0xff;
                unit ^= c;
                int value = unit(unit);
                if (c == 0 || (value & (LEAF | 0xff)) != c) {
                    break;
                }
                unit = next(unit);
                if ((value & HAS_LEAF) != 0) {
                    found = unit(unit) & ~LEAF;
                    end = i + 1;
                }
            }
            if (found < 0) {
                do {
                    out.write(utf8[at++]);
                } while (at < utf8.length && isInsideCharacter(utf8[at]));
                continue;
            }
            for (int i = textFrom + found; table.get(i) != 0; i++) {
                out.write(table.get(i));
            }
            at = end;
        }
        return out.toString(StandardCharsets.UTF_8);
    }

    private int unit(int index) {
        return table.getInt(4 + 4 * index);
    }

    /** Where the units behind a unit lie, before the exclusive or with their bytes. */
    private int next(int unit) {
        int value = unit(unit);
        // Bit 9 says that the offset is scaled by 256.
        return unit ^ ((value >>> 10) << ((value & (1 << 9)) >>> 6));
    }

    /**
     * Follows all of a table's pointers.
     *
     * @param table the bytes of a {@code Precompiled} normalizer
     * @return what is wrong with it; empty if nothing is
     */
    public static Optional<String> check(byte[] table) {
        ByteBuffer in = ByteBuffer.wrap(table).order(ByteOrder.LITTLE_ENDIAN);
        long trieBytes = table.length < 4 ? -1 : Integer.toUnsignedLong(in.getInt());
        if (trieBytes < 4 || trieBytes % 4 != 0 || trieBytes > table.length - 4) {
            return Optional.of("claims a trie of " + trieBytes + " bytes in " + table.length);
        }
        int units = (int) (trieBytes / 4);
        CharacterMap map = of(table);
        int textFrom = map.textFrom;
        if (table.length > textFrom && table[table.length - 1] != 0) {
            return Optional.of("does not end with a zero");
        }
        try {
            StandardCharsets.UTF_8.newDecoder().decode(in.slice(textFrom, table.length - textFrom));
        } catch (CharacterCodingException e) {
            return Optional.of("has texts that are not UTF-8");
        }
        for (int unit = 0; unit < units; unit++) {
            int value = map.unit(unit);
            if (value < 0) {
                continue;
            }
            int next = map.next(unit);
            if (next < 0 || (next | 0xff) >= units) {
                return Optional.of("has the trie unit " + unit + " that leads to " + next + " of " + units);
            }
            if ((value & HAS_LEAF) != 0) {
                int text = map.unit(next) & ~LEAF;
                if (text < 0 || text >= table.length - textFrom || isInsideCharacter(table[textFrom + text])) {
                    return Optional.of("has the trie unit " + unit + " that points to text at " + text + " of "
                            + (table.length - textFrom));
                }
                int from = textFrom + text;
                int end = from;
                while (end - from <= LONGEST && table[end] != 0) {
                    end++;
                }
                if (end - from > LONGEST) {
                    return Optional.of("has the trie unit " + unit + " that points to more than " + LONGEST + " bytes");
                }
            }
        }
        return Optional.empty();
    }

    private static boolean isInsideCharacter(byte value) {
        return (value & 0xc0) == 0x80;
    }
}
