//go:build !unix

package main

import "os"

// notifyPause does nothing: there is no signal for it here.
func notifyPause(chan<- os.Signal) {}
