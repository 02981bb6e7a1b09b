// Package arch holds the rules of the source tree and checks them in its tests: which area may
// import which, where traffic and text may leave the process, what the inference must not use, how
// long files, functions and lines may be, and what documents must name.
//
// A rule is a function from a parsed [Tree] to the places that break it. The tests apply every rule
// to this module, and to the small tree in testdata/broken.txtar, which breaks each of them.
//
// A package remains if it alone has a dependency or reads a format, has several users, is one idea
// that can be tested without its user, or keeps code from imports that a rule forbids. Others are
// folded into their user.
//
// Read policy_test.go first: its tables change when an area gets a new import.
package arch
