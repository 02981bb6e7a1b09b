// Package browser starts an installed browser (Chromium, Chrome, Edge, Brave or Firefox) with a
// temporary profile, a proxy and the CA of that proxy, and removes the profile afterwards.
//
// No trust store and no setting of the user changes. The Chromium family gets the CA on the command
// line, by the hash of its key; Firefox gets it in the certificate database of the profile. Flags
// and the preferences of the profile switch off the requests that a browser makes on its own
// behalf. If the browser is killed together with this process, its profile stays, and the next run
// removes it.
//
// Read browser.go first, then profile.go.
package browser

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// Time limits at the end of a browser.
const (
	// endTime is the time after which a browser that was asked to end is killed.
	endTime = 5 * time.Second
	// removeTime limits the attempts to remove the profile. Browser processes that are about to end
	// may still write to it.
	removeTime = 5 * time.Second
	removeWait = 50 * time.Millisecond
)

// Config describes the browser to start. Path, Proxy and CA are required.
type Config struct {
	// Path is the program, as Find returns it.
	Path string
	// URL is the page to open, or "" for an empty one.
	URL string
	// Proxy is the host:port of the proxy, which gets all requests, also those for loopback
	// addresses.
	Proxy string
	// CA is the certificate of the proxy's CA. Chromium accepts every chain that contains a
	// certificate with its key. Servers must therefore send the CA's certificate too.
	CA *x509.Certificate
	// Headless starts the browser without a window.
	Headless bool
	// NoSandbox starts Chromium without its sandbox, as the root user must.
	NoSandbox bool
}

// ErrEnded means that the browser ended with an error of its own.
var ErrEnded = errors.New("the browser ended")

// Run starts a browser and waits until it ends. When ctx ends, the browser is asked to end, and
// killed after 5 s; that is no error. The profile is removed in either case.
func Run(ctx context.Context, cfg Config) (err error) {
	p, err := newProfile(cfg.Path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Remove()) }()
	dir := p.Path
	args := flags(cfg, dir)
	if IsFirefox(cfg.Path) {
		args = firefoxArguments(cfg, dir)
		err = writeFirefoxProfile(ctx, cfg, dir)
	} else {
		err = writePreferences(dir)
	}
	switch {
	case ctx.Err() != nil: // while Firefox took the CA
		return nil
	case errors.Is(err, ErrEnded):
		return err
	case err != nil:
		return fmt.Errorf("create a profile: %w", err)
	}
	var messages tail
	c, ended, err := start(cfg.Path, args, &messages)
	if err != nil {
		return err
	}
	if err := p.started(c.Process.Pid); err != nil {
		end(c, ended)
		return fmt.Errorf("note the process of the browser: %w", err)
	}
	select {
	case err = <-ended:
		killGroup(c)
	case <-ctx.Done():
		end(c, ended)
		return nil
	}
	if err == nil || errors.Is(err, exec.ErrWaitDelay) {
		return nil
	}
	return fmt.Errorf("%w: %s: %w\n%s", ErrEnded, cfg.Path, err, messages.String())
}

// start starts a browser. ended receives the error with which it ends.
func start(path string, args []string, messages *tail) (c *exec.Cmd, ended chan error, err error) {
	c = exec.Command(path, args...)
	c.Stdout, c.Stderr = messages, messages
	c.Env = environment(path)
	// Processes that outlive the browser keep its output open.
	c.WaitDelay = time.Second
	separate(c)
	if err := c.Start(); err != nil {
		return nil, nil, fmt.Errorf("start %s: %w", path, err)
	}
	ended = make(chan error, 1)
	go func() { ended <- c.Wait() }()
	return c, ended, nil
}

// environment returns the environment of a browser. Chromium exits at once if the path of its
// socket in the temporary folder is longer than the system allows.
func environment(path string) []string {
	const socket, most = len("/org.chromium.Chromium.XXXXXX/SingletonSocket"), 103 // of macOS; Linux has 107
	switch {
	case IsFirefox(path):
		return append(os.Environ(), firefoxEnvironment...)
	case runtime.GOOS != "windows" && len(os.TempDir())+socket > most:
		return append(os.Environ(), "TMPDIR=/tmp")
	}
	return nil // that of this process
}

// end ends a browser and the processes that it started.
func end(c *exec.Cmd, ended <-chan error) {
	interrupt(c)
	timer := time.NewTimer(endTime)
	defer timer.Stop()
	select {
	case <-ended:
		killGroup(c)
	case <-timer.C:
		killGroup(c)
		<-ended // a killed process ends
	}
}

// tail keeps the last bytes written to it. The output of a browser matters only if it fails.
type tail struct{ data []byte }

const maxTail = 2 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.data = append(t.data, p...)
	t.data = t.data[max(0, len(t.data)-maxTail):]
	return len(p), nil
}

func (t *tail) String() string { return string(t.data) }
