package io.github.tandem4j.onnx.grammar;

/** A class in brackets. */
final class RegexClass {
    private static final int MOST_ITEMS = 4096;

    private RegexClass() {}

    /** @param start where the bracket is; it has been read */
    static CodePoints read(RegexParser in, int start) {
        boolean isNegated = in.accept('^');
        CodePoints all = CodePoints.NONE;
        int items = 0;
        while (in.hasNext() && in.peek() != ']') {
            all = all.or(item(in, items == 0, isNegated));
            if (++items > MOST_ITEMS) {
                throw in.refuse(start, "a class of more than " + MOST_ITEMS + " parts", "ranges");
            }
        }
        if (items == 0) {
            throw in.refuse(start, "a class that is empty or begins with ]", "\\] for the character");
        }
        in.require(']', start, "a class that does not end");
        return isNegated ? all.not() : all;
    }

    private static CodePoints item(RegexParser in, boolean isFirst, boolean isNegated) {
        int start = in.index();
        CodePoints from = characters(in, isNegated);
        if (!in.hasNext() || in.peek() != '-') {
            return from;
        }
        in.next();
        if (in.hasNext() && in.peek() == ']') { // a hyphen at the end is one
            return from.or(CodePoints.of('-'));
        }
        if (!in.hasNext()) {
            return from;
        }
        CodePoints to = characters(in, isNegated);
        int first = single(in, from, start);
        int last = single(in, to, start);
        if (last < first) {
            throw in.refuse(start, "a range that runs backwards", "a lower and then a higher character");
        }
        if (first == '-' && !isFirst) {
            throw in.refuse(start, "a hyphen that begins a range", "\\- for the character");
        }
        return CodePoints.of(first, last);
    }

    private static CodePoints characters(RegexParser in, boolean isNegated) {
        int start = in.index();
        if (in.accept('\\')) {
            return RegexEscape.read(in, start, isNegated);
        }
        // Java reads these as operators within a class, JavaScript does not.
        if (in.peek() == '[' || in.isNext("&&")) {
            throw in.refuse(start, "a bare " + in.peek() + " in a class", "\\" + in.peek());
        }
        return CodePoints.of(in.codePoint());
    }

    private static int single(RegexParser in, CodePoints set, int start) {
        if (set.ranges().size() == 1
                && set.ranges().get(0).from() == set.ranges().get(0).to()) {
            return set.ranges().get(0).from();
        }
        throw in.refuse(start, "a range from or to a class", "a range of characters");
    }
}
