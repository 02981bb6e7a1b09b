// Package flows has the commands that list, show, export, remove and replay captured flows, the
// commands about sessions and the store, and the rules by which a person changes traffic. Read
// flows.go first.
package flows
