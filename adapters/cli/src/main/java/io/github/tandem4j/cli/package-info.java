/** The command line: one runnable jar, whose commands, JSON and exit codes scripts may rely on. */
@NullMarked
package io.github.tandem4j.cli;

import org.jspecify.annotations.NullMarked;
