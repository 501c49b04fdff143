package io.github.tandem4j.reliability;

import static java.time.Duration.ofMillis;

import io.github.tandem4j.loopback.Fault;
import java.util.List;
import java.util.SplittableRandom;

/** What goes wrong under the calls: three exchanges in ten, each fault as often as the others. */
final class Faults {

    /** Longer ones are cut by the endpoints. */
    static final long MOST_BYTES = 64 * 1024;

    private static final List<String> KINDS =
            List.of("429", "5xx", "slow headers", "stall", "cut", "malformed", "wrong type", "endless", "huge");

    private Faults() {}

    static Fault of(Chance chance) {
        SplittableRandom random = chance.random();
        if (random.nextInt(10) >= 3) {
            return Fault.NONE;
        }
        int piece = random.nextInt(4);
        boolean at = random.nextBoolean();
        return switch (KINDS.get(random.nextInt(KINDS.size()))) {
            case "429" -> Fault.rateLimit(at ? "0" : "1");
            case "5xx" -> Fault.status(at ? 500 : 503, "server_error", "oops");
            case "slow headers" -> Fault.slow(ofMillis(1 + random.nextInt(100)));
            case "stall" -> at ? Fault.stallBefore() : Fault.stallInside(piece);
            case "cut" -> at ? Fault.cutBefore() : Fault.cutInside(piece);
            case "malformed" -> at ? Fault.malformed() : Fault.badEvent(piece, "{\"choices\":[{");
            case "wrong type" -> Fault.wrongType();
            case "endless" -> Fault.endless(at ? Fault.Flood.EVENTS : Fault.Flood.LINE);
            case "huge" -> Fault.huge(at ? MOST_BYTES / 4 : 1L << 32);
            default -> throw new AssertionError("not reached");
        };
    }
}
