package io.github.tandem4j.onnx.graph;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserPrincipal;
import java.util.Map;
import java.util.Optional;

/**
 * Whether only this process's user, or the system's administrator, can have put a file where it is, or can put another in
 * its place. Who may write to a directory may move away what is in it, whosever that is, unless the directory is sticky as
 * the one for temporary files; so each directory above counts, up to the root.
 */
final class OwnPath {
    private static final int OTHERS_WRITE = 0022;
    private static final int STICKY = 01000;

    private OwnPath() {}

    /** Whether nobody else may write to it; a link is nobody's. */
    static boolean isOwn(Path path) throws IOException {
        return isOwn(path, false);
    }

    /**
     * Whether what lies in a directory stays there for as long as this user wants.
     *
     * @param directory with no link in its path
     */
    static boolean keepsWhatItHolds(Path directory) throws IOException {
        for (Path each = directory; each != null; each = each.getParent()) {
            if (!isOwn(each, true)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isOwn(Path path, boolean orSticky) throws IOException {
        Map<String, Object> found = Files.readAttributes(path, "unix:isSymbolicLink,owner,mode", NOFOLLOW_LINKS);
        int mode = (Integer) requireNonNull(found.get("mode"));
        return Boolean.FALSE.equals(found.get("isSymbolicLink"))
                && isOwn(((UserPrincipal) requireNonNull(found.get("owner"))).getName())
                && ((mode & OTHERS_WRITE) == 0 || (orSticky && (mode & STICKY) != 0));
    }

    /** As the system says it: the property {@code user.name} is whatever somebody has set. */
    private static boolean isOwn(String owner) {
        return owner.equals("root")
                || Optional.of(owner).equals(ProcessHandle.current().info().user());
    }
}
