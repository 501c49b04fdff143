package io.github.tandem4j.onnx.grammar;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntPredicate;

/** A set of characters, surrogates apart, as ranges that neither touch nor overlap. Immutable. */
final class CodePoints {
    static final CodePoints ALL =
            new CodePoints(List.of(new Range(0, 0xD7FF), new Range(0xE000, Character.MAX_CODE_POINT)));
    static final CodePoints NONE = new CodePoints(List.of());

    private final List<Range> ranges;

    /** From one character to another, both in it. */
    record Range(int from, int to) {}

    private CodePoints(List<Range> ranges) {
        this.ranges = ranges;
    }

    static CodePoints of(int from, int to) {
        return new CodePoints(List.of(new Range(from, to))).and(ALL);
    }

    static CodePoints of(int character) {
        return of(character, character);
    }

    static CodePoints of(String characters) {
        CodePoints all = NONE;
        for (int each : characters.codePoints().toArray()) {
            all = all.or(of(each));
        }
        return all;
    }

    static CodePoints matching(IntPredicate predicate) {
        List<Range> found = new ArrayList<>();
        int from = -1;
        for (int each = 0; each <= Character.MAX_CODE_POINT + 1; each++) {
            boolean in = each <= Character.MAX_CODE_POINT && predicate.test(each);
            if (in && from < 0) {
                from = each;
            } else if (!in && from >= 0) {
                found.add(new Range(from, each - 1));
                from = -1;
            }
        }
        return new CodePoints(found).and(ALL);
    }

    boolean isEmpty() {
        return ranges.isEmpty();
    }

    List<Range> ranges() {
        return ranges;
    }

    CodePoints or(CodePoints other) {
        List<Range> sorted = new ArrayList<>(ranges);
        sorted.addAll(other.ranges);
        sorted.sort(Comparator.comparingInt(Range::from));
        List<Range> joined = new ArrayList<>();
        for (Range range : sorted) {
            Range last = joined.isEmpty() ? null : joined.get(joined.size() - 1);
            if (last != null && range.from() <= last.to() + 1) {
                joined.set(joined.size() - 1, new Range(last.from(), Math.max(last.to(), range.to())));
            } else {
                joined.add(range);
            }
        }
        return new CodePoints(List.copyOf(joined));
    }

    CodePoints and(CodePoints other) {
        List<Range> both = new ArrayList<>();
        int theirs = 0;
        for (Range mine : ranges) {
            while (theirs < other.ranges.size() && other.ranges.get(theirs).to() < mine.from()) {
                theirs++;
            }
            for (int i = theirs; i < other.ranges.size(); i++) {
                Range range = other.ranges.get(i);
                if (range.from() > mine.to()) {
                    break;
                }
                both.add(new Range(Math.max(mine.from(), range.from()), Math.min(mine.to(), range.to())));
            }
        }
        return new CodePoints(List.copyOf(both));
    }

    CodePoints not() {
        List<Range> others = new ArrayList<>();
        int from = 0;
        for (Range range : ranges) {
            if (range.from() > from) {
                others.add(new Range(from, range.from() - 1));
            }
            from = range.to() + 1;
        }
        if (from <= Character.MAX_CODE_POINT) {
            others.add(new Range(from, Character.MAX_CODE_POINT));
        }
        return new CodePoints(others).and(ALL);
    }

    CodePoints minus(CodePoints other) {
        return and(other.not());
    }

    /** One of these characters in UTF-8. */
    Node asUtf8() {
        return Utf8.node(ranges);
    }
}
