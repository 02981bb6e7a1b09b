//go:build unix

package capture

import (
	"os"
	"os/signal"
	"syscall"
)

// notifyPause sends the signal that pauses and resumes recording, SIGUSR1, to c.
func notifyPause(c chan<- os.Signal) { signal.Notify(c, syscall.SIGUSR1) }
