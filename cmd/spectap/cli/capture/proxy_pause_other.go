//go:build !unix

package capture

import "os"

// notifyPause does nothing: this system has no SIGUSR1.
func notifyPause(chan<- os.Signal) {}
