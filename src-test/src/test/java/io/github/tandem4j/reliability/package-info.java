/** Whether calls are lost, mixed up, unpaid or left behind, however they are nested and whatever goes wrong under them. */
@NullMarked
package io.github.tandem4j.reliability;

import org.jspecify.annotations.NullMarked;
