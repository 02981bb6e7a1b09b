// Package hub has the commands hub and worker, and lets other commands read from a hub and send to
// one. Read flags.go first.
package hub
