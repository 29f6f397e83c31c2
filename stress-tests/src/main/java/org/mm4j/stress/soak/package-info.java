/** The soak: whole kernels under thousands of threads. */
@org.jspecify.annotations.NullMarked
package org.mm4j.stress.soak;
