// Package openapitest has documents for the tests of the packages below openapi: two fixed ones,
// and generators of random ones for property tests.
//
// Only tests import it. Read fixtures.go first.
package openapitest
