//go:build unix

package mcpclient

import (
	"os"
	"os/signal"
	"syscall"
)

// enableEscapes does nothing: terminals here interpret escape sequences.
func enableEscapes(*os.File) {}

// watchSize calls resize when the size of the terminal changes, until stop is closed.
func watchSize(stop <-chan struct{}, resize func()) {
	changed := make(chan os.Signal, 1)
	signal.Notify(changed, syscall.SIGWINCH)
	go func() {
		defer signal.Stop(changed)
		for {
			select {
			case <-changed:
				resize()
			case <-stop:
				return
			}
		}
	}()
}
