// Package flows has the commands that list, show, export, remove and replay captured flows, those
// of sessions and of the store that holds them, and the rules by which a person changes traffic.
// Read flows.go first.
package flows
