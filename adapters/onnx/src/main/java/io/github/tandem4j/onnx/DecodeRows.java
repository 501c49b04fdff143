package io.github.tandem4j.onnx;

import ai.onnxruntime.OrtException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a batch: one allocation with a row for each of some lanes, into which a lane's cache is copied when it
 * joins and out of which what was added is copied when it leaves. It is made anew when lanes come that find no free row,
 * when one outgrows it, and when rows have been idle for a while; it goes when less than two lanes are left. Used by one
 * thread at a time.
 */
final class DecodeRows implements AutoCloseable {
    /** Runs that an idle row is put up with: copying costs about as much as some runs of a row too many. */
    private static final int LEAN_RUNS = 8;

    /** A lane that can't come to so many tokens more is not worth the copying. */
    private static final int FEWEST_TOKENS = 8;

    private final CacheMemory memory;
    private final int mostRows;
    private final long mostBytes;
    private @Nullable CacheCopy copy;
    private CacheMemory.@Nullable Allocation allocation;
    private @Nullable DecodeLane[] lanes = {};
    private int capacity;
    private int lean;
    private boolean suspended;

    /**
     * @param mostRows less than 2 for none
     * @param mostBytes that the allocation may have
     */
    DecodeRows(CacheMemory memory, int mostRows, long mostBytes) {
        this.memory = memory;
        this.mostRows = mostRows;
        this.mostBytes = mostBytes;
    }

    /** Whether there may be any at all. */
    boolean isOff() {
        return mostRows < 2 || mostBytes == 0;
    }

    /** Whether some lane has a row. */
    boolean isEmpty() {
        return allocation == null;
    }

    /** How many rows there are. */
    int size() {
        return lanes.length;
    }

    @Nullable
    DecodeLane lane(int row) {
        return lanes[row];
    }

    CacheMemory.Allocation allocation() {
        if (allocation == null) {
            throw new IllegalStateException("there are no rows");
        }
        return allocation;
    }

    /**
     * Gives rows to lanes that are ready, as far as there may be so many and so long ones.
     *
     * @param ready all that want to be run
     * @return those of them that have a row now
     */
    List<DecodeLane> seat(List<DecodeLane> ready) {
        List<DecodeLane> active = new ArrayList<>(); // and those of whom another step is expected
        for (DecodeLane lane : lanes) {
            if (lane != null && lane.missed(!ready.contains(lane)) <= LEAN_RUNS) {
                active.add(lane);
            }
        }
        ready.stream().filter(lane -> !lane.isSeated() && mayJoin(lane)).forEach(active::add);
        List<DecodeLane> next = chosen(active);
        List<DecodeLane> newcomers =
                next.stream().filter(lane -> !lane.isSeated()).toList();
        lean = active.size() < lanes.length ? lean + 1 : 0;
        try {
            if (isEmpty() ? next.size() > 1 : !fits(newcomers) || lean > LEAN_RUNS) {
                reform(next);
            } else if (!isEmpty()) {
                for (DecodeLane lane : newcomers) {
                    join(lane);
                }
            }
        } catch (OrtException e) { // of memory, mostly: then each runs on its own, until one of them has ended
            suspended = true;
            dissolve();
        }
        return ready.stream().filter(DecodeLane::isSeated).toList();
    }

    private boolean mayJoin(DecodeLane lane) {
        return !suspended && !lane.isBroken() && !lane.isSlow() && lane.longest() - lane.length() >= FEWEST_TOKENS;
    }

    private boolean fits(List<DecodeLane> newcomers) {
        long free = Stream.of(lanes).filter(lane -> lane == null).count();
        return newcomers.size() <= free
                && Stream.concat(Stream.of(lanes), newcomers.stream())
                        .allMatch(lane -> lane == null || lane.length() < capacity);
    }

    /** As many as the bounds allow, those that have a row first and then the shortest. */
    private List<DecodeLane> chosen(List<DecodeLane> active) {
        List<DecodeLane> chosen = new ArrayList<>();
        for (DecodeLane lane : active.stream()
                .sorted(Comparator.comparing((DecodeLane lane) -> !lane.isSeated())
                        .thenComparing(DecodeLane::length))
                .toList()) {
            chosen.add(lane);
            if (chosen.size() > mostRows || bytes(chosen) > mostBytes) {
                chosen.remove(lane);
            }
        }
        return chosen;
    }

    private long bytes(List<DecodeLane> some) {
        return Math.multiplyExact(some.size() * (long) room(some), memory.bytesPerToken());
    }

    /** A quarter more than the longest has, so that copying stays a small share, but no more than can be needed. */
    private static int room(List<DecodeLane> some) {
        return some.stream()
                .mapToInt(lane -> Math.min(lane.longest(), lane.length() + Math.max(128, lane.length() / 4)))
                .max()
                .orElse(0);
    }

    private void reform(List<DecodeLane> wanted) throws OrtException {
        dissolve();
        List<DecodeLane> next = wanted.stream().filter(lane -> !lane.isBroken()).toList();
        if (next.size() > 1) {
            capacity = room(next);
            allocation = memory.allocate(next.size(), capacity);
            lanes = new DecodeLane[next.size()];
            for (DecodeLane lane : next) {
                join(lane);
            }
        }
    }

    private void join(DecodeLane lane) throws OrtException {
        int row = 0;
        while (lanes[row] != null) {
            row++;
        }
        KeyValueCache cache = lane.cache();
        copy().copy(cache.allocation(), 0, allocation(), row, 0, cache.length());
        lane.seat(row);
        lanes[row] = lane;
    }

    private CacheCopy copy() throws OrtException {
        if (copy == null) {
            copy = memory.copy();
        }
        return copy;
    }

    /** Copies what a lane has come to in its row into its own cache, and frees the row. */
    void home(DecodeLane lane) throws OrtException {
        if (!lane.isSeated()) {
            return;
        }
        int row = lane.row();
        int length = lane.length();
        KeyValueCache cache = lane.cache();
        lanes[row] = null;
        lane.seat(-1);
        cache.reserve(length);
        copy().copy(allocation(), row, cache.allocation(), 0, cache.length(), length);
        cache.append(lane.takeAdded());
    }

    /** Frees a lane's row; what is in it alone is lost. */
    void leave(DecodeLane lane) {
        suspended = false;
        if (lane.isSeated()) {
            lanes[lane.row()] = null;
            lane.seat(-1);
        }
    }

    private void dissolve() {
        for (DecodeLane lane : lanes) {
            if (lane != null) {
                try {
                    home(lane);
                } catch (OrtException e) {
                    lane.broke(e);
                }
            }
        }
        free();
    }

    private void free() {
        if (allocation != null) {
            allocation.free();
            allocation = null;
        }
        lanes = new DecodeLane[0];
        capacity = 0;
        lean = 0;
    }

    /** Frees the memory if nobody has a row. */
    void freeIfUnused() {
        if (Stream.of(lanes).allMatch(lane -> lane == null)) {
            free();
        }
    }

    @Override
    public void close() throws OrtException {
        free();
        if (copy != null) {
            copy.close();
            copy = null;
        }
    }
}
