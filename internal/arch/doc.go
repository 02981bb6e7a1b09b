// Package arch holds the rules of the source tree and checks them in its tests: which package may
// import which, where traffic may leave the process, what the inference must not use, how long
// files and functions may be, and whether comments and documents name what exists.
//
// A rule is a function from a parsed [Tree] to the places that break it. The tests apply every rule
// to this module, and to a small tree that breaks it, which shows that the rule can fail.
//
// Read policy_test.go first: its tables change when a package is added.
package arch
