// Package page has the command ui, and serves the page for commands that record. Read ui.go first.
package page
