// Package must ends tests in which a step fails that they need. It checks nothing else: what a test
// is about is compared in the test, with a message that says what differs.
package must

// Get returns v and panics if err is not nil.
func Get[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A Test is a *testing.T, or that of a library for random tests.
type Test interface {
	Helper()
	Fatal(args ...any)
}

// Do ends the test if err is not nil.
func Do(t Test, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
