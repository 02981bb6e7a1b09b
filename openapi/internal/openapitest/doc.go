// Package openapitest has documents for the tests of the packages below openapi: two fixed ones,
// and generators of random ones for property tests.
//
// Only tests import it. Read fixtures.go first.
package openapitest

// Must returns v and panics if err is not nil.
func Must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
