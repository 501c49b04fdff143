package io.github.tandem4j.reliability;

import java.util.Arrays;
import java.util.List;

/** How a call is stopped before its end, if it is. */
enum Stop {
    /** Not at all, but by its deadline, if that is too short for it. */
    NONE,
    /** By a deadline of a few milliseconds. */
    DEADLINE,
    /** By its cancellation, from another thread. */
    CANCELLATION,
    /** By its future, from another thread. */
    FUTURE,
    /** By an interrupt of the thread that waits for it. */
    INTERRUPT,
    /** By its cancellation, from the sink. */
    SINK_CANCELS,
    /** By what the sink throws. */
    SINK_THROWS,
    /** By the handle that LangChain4j gives the handler of a stream. */
    HANDLE;

    boolean isFor(Way way) {
        return switch (this) {
            case NONE, DEADLINE, CANCELLATION -> true;
            case FUTURE -> way == Way.ASYNC || way == Way.ASYNC_HEARD;
            case INTERRUPT -> !way.isElsewhere();
            case SINK_CANCELS -> way.isHeard();
            case SINK_THROWS -> way == Way.HEARD || way == Way.ASYNC_HEARD;
            case HANDLE -> way == Way.STREAMING_CHAT_MODEL;
        };
    }

    /** Whether it is made by a clock, some time after the call has begun. */
    boolean isTimed() {
        return this == CANCELLATION || this == FUTURE || this == INTERRUPT;
    }

    static List<Stop> of(Way way) {
        return Arrays.stream(values()).filter(stop -> stop.isFor(way)).toList();
    }
}
