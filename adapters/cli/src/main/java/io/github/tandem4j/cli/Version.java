package io.github.tandem4j.cli;

import picocli.CommandLine.IVersionProvider;

/** The version in the jar's manifest. */
final class Version implements IVersionProvider {

    @Override
    public String[] getVersion() {
        String version = Tandem.class.getPackage().getImplementationVersion();
        return new String[] {"tandem " + (version == null ? "(not packaged)" : version)};
    }
}
