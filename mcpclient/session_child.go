package mcpclient

import (
	"context"
	"os"
	"runtime"
	"syscall"
	"time"
)

// How long Close waits for a child: after its stdin was closed, and after each signal.
const (
	exitDelay = 2 * time.Second
	killDelay = 3 * time.Second
)

// Start starts the child and the reader of its messages.
func (t *stdioTransport) Start(ctx context.Context) error {
	if err := t.child.Start(); err != nil {
		return err
	}
	return t.Stdio.Start(ctx)
}

// Close closes the stdin of the child and waits for its end. It stops a child that does not exit.
func (t *stdioTransport) Close() error {
	err := t.Stdio.Close()
	if t.child.Process == nil {
		return err
	}
	t.end.Do(func() {
		ended := make(chan error, 1)
		go func() { ended <- t.child.Wait() }()
		for _, step := range []struct {
			wait   time.Duration
			signal os.Signal
		}{{exitDelay, syscall.SIGTERM}, {killDelay, os.Kill}, {killDelay, nil}} {
			select {
			case werr := <-ended:
				if err == nil {
					err = werr
				}
				return
			case <-time.After(step.wait):
			}
			if step.signal == syscall.SIGTERM && runtime.GOOS == "windows" { // it has no such signal
				t.child.Process.Kill()
			} else if step.signal != nil {
				t.child.Process.Signal(step.signal)
			}
		}
	})
	return err
}
