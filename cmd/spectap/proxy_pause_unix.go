//go:build unix

package main

import (
	"os"
	"os/signal"
	"syscall"
)

// notifyPause relays the signal that pauses and resumes recording.
func notifyPause(c chan<- os.Signal) { signal.Notify(c, syscall.SIGUSR1) }
