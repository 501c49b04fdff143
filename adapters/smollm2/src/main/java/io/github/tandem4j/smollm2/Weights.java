package io.github.tandem4j.smollm2;

import io.github.tandem4j.ModelFileException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** The GGUF file in this artifact, in two parts, since hosts of source code refuse files of its size. */
final class Weights {

    static final String NAME = "SmolLM2-135M-Instruct.Q4_1.gguf";
    static final long BYTES = 98_362_432;
    static final String SHA_256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

    private Weights() {}

    /** Opens the whole file; the caller closes it. */
    static InputStream open() {
        List<InputStream> parts =
                Stream.of(".0.part", ".1.part").map(Weights::part).toList();
        return new SequenceInputStream(Collections.enumeration(parts));
    }

    /** Writes the file, which must not exist, and checks every byte of it. */
    static void writeTo(Path file) throws IOException {
        MessageDigest digest = sha256();
        try (InputStream in = open();
                OutputStream out =
                        new DigestOutputStream(Files.newOutputStream(file, StandardOpenOption.CREATE_NEW), digest)) {
            in.transferTo(out);
        }
        String found = HexFormat.of().formatHex(digest.digest());
        if (!found.equals(SHA_256)) {
            throw new ModelFileException(NAME + " in the artifact tandem-smollm2 has " + Files.size(file)
                    + " bytes and SHA-256 " + found + "; valid is " + BYTES + " bytes and " + SHA_256
                    + ". The jar is damaged, or resource filtering changed it.");
        }
    }

    private static InputStream part(String suffix) {
        InputStream part = Weights.class.getResourceAsStream(NAME + suffix);
        if (part == null) {
            throw new ModelFileException(NAME + suffix + " is missing from the artifact tandem-smollm2");
        }
        return part;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
