// Package capture has the commands that record or import traffic, and the commands that set up
// programs and the desktop for recording. Read proxy_tap.go first.
package capture
