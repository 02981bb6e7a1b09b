// Package arch holds the rules of the source tree, which its tests check: imports between areas,
// the places where traffic and text leave the process, limits of the inference, the length of
// files, functions and lines, and entries that documents must have.
//
// A rule is a function from a parsed [Tree] to the places that break it. The tests apply every rule
// to this module, and to the small tree in testdata/broken.txtar, which breaks each of them.
//
// A package is justified if only it has a dependency or reads a format, if it has several users, if
// it is one idea that can be tested without its user, or if it keeps code from imports that a rule
// forbids. Other packages are folded into their user.
//
// Read policy_test.go first: its tables change when an area gets a new import.
package arch
