/** Contract kits for authors of endpoints, strategies and plug-ins, and the endpoints to test them with. */
@NullMarked
package io.github.tandem4j.testkit;

import org.jspecify.annotations.NullMarked;
