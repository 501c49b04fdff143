package io.github.tandem4j.router;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Path;

/** Writes no more than may be read again. */
final class BoundedOutput extends FilterOutputStream {

    /** An IOException, since Jackson would wrap any other. */
    static final class TooLarge extends IOException {

        private static final long serialVersionUID = 1;

        TooLarge(String message) {
            super(message);
        }
    }

    private final long most;
    private final Path path;
    private long written;

    BoundedOutput(OutputStream out, long most, Path path) {
        super(out);
        this.most = most;
        this.path = path;
    }

    @Override
    public void write(int one) throws IOException {
        count(1);
        out.write(one);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
        count(length);
        out.write(bytes, from, length);
    }

    private void count(int more) throws TooLarge {
        written += more;
        if (written > most) {
            throw new TooLarge(path + " would have more than " + most
                    + " bytes and could not be read again; valid is up to that, such as of fewer tenants or features");
        }
    }
}
