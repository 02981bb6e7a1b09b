// Package capture has the commands that record traffic or import it, and those that prepare
// programs and the desktop for it. Read proxy_tap.go first.
package capture
