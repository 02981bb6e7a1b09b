package cli

import (
	"os"
	"os/exec"
	"runtime"
)

// browserOpener returns the command that opens a URL in the browser of the desktop, or nil if there
// is no desktop.
func browserOpener() []string {
	switch {
	case runtime.GOOS == "darwin":
		return []string{"open"}
	case runtime.GOOS == "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	case os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "":
		return nil
	}
	return []string{"xdg-open"}
}

// HasBrowser reports whether [OpenBrowser] reaches the person who started the program.
func HasBrowser() bool { return browserOpener() != nil && os.Getenv("SSH_CONNECTION") == "" }

// OpenBrowser opens a URL in the browser of the desktop, if there is one. Failures are ignored,
// since the URL is also printed.
func OpenBrowser(url string) {
	args := browserOpener()
	if args == nil {
		return
	}
	c := exec.Command(args[0], append(args[1:], url)...)
	if c.Start() == nil {
		go c.Wait()
	}
}
