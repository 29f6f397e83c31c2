package org.mm4j.vmalloc;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.mm4j.memory.BackEnd;

/** A test that runs on real addresses, where the host has a memfd, and on numbers. */
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
@ParameterizedTest
@EnumSource(
        value = BackEnd.class,
        names = {"AUTO", "ARENA"})
@interface BackEnds {}
