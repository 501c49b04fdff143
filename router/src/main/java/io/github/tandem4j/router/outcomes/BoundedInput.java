package io.github.tandem4j.router.outcomes;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Reads no more than so many bytes: past them the file is refused, and nothing is cut in silence. */
final class BoundedInput extends FilterInputStream {

    private final long most;
    private long read;

    BoundedInput(InputStream in, long most) {
        super(in);
        this.most = most;
    }

    @Override
    public int read() throws IOException {
        int next = super.read();
        count(next < 0 ? 0 : 1);
        return next;
    }

    @Override
    public int read(byte[] buffer, int from, int length) throws IOException {
        int more = super.read(buffer, from, length);
        count(Math.max(0, more));
        return more;
    }

    @Override
    public long skip(long wanted) throws IOException {
        long more = super.skip(wanted);
        count(more);
        return more;
    }

    private void count(long more) throws IOException {
        read += more;
        if (read > most) {
            throw new IOException("it has more than " + most
                    + " bytes unpacked, which is the limit; where it is known to be good, raise it (OutcomeLimits)");
        }
    }
}
