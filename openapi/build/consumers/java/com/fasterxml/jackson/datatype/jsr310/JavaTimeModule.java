package com.fasterxml.jackson.datatype.jsr310;

/** A declaration for the compiler: generated clients register this module of jackson, and Debian has no package of it. */
public class JavaTimeModule extends com.fasterxml.jackson.databind.module.SimpleModule {}
