/** A page cache: blobs of bytes in page frames, which go when pages are needed, the least useful first. */
@NullMarked
package org.mm4j.kernel.pagecache;

import org.jspecify.annotations.NullMarked;
