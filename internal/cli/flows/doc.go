// Package flows has the commands that list, show, export, remove and replay captured flows, and
// those of sessions. Read flows.go first.
package flows
