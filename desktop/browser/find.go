package browser

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// ErrNotFound means that no supported browser is installed.
var ErrNotFound = errors.New("no Chromium, Chrome, Edge, Brave or Firefox is installed")

// ErrUnsupported means that a browser can have no profile of its own.
var ErrUnsupported = errors.New("only Chromium, Chrome, Edge, Brave and Firefox are supported, not Safari")

// commands are the names of browsers in PATH, in order of preference.
var commands = []string{
	"chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge-stable", "microsoft-edge", "msedge",
	"brave-browser", "brave", "firefox", "firefox-esr", "firefox-developer-edition",
}

// machine is the part of the operating system that Find uses.
type machine struct {
	goos     string
	home     string
	env      func(string) string
	lookPath func(string) (string, error)
	isFile   func(string) bool
}

// Find returns the path of a browser. name is a path or a command; without a name, Find returns the
// first installed browser.
func Find(name string) (string, error) {
	home, _ := os.UserHomeDir()
	return find(name, machine{runtime.GOOS, home, os.Getenv, exec.LookPath, func(path string) bool {
		info, err := os.Stat(path)
		return err == nil && info.Mode().IsRegular()
	}})
}

func find(name string, m machine) (string, error) {
	if name != "" {
		base := strings.ToLower(filepath.Base(name))
		if strings.HasPrefix(base, "safari") {
			return "", fmt.Errorf("%s: %w", name, ErrUnsupported)
		}
		path, err := m.lookPath(name)
		if err != nil {
			return "", fmt.Errorf("find the browser: %w", err)
		}
		return path, nil
	}
	for _, c := range commands {
		if path, err := m.lookPath(c); err == nil {
			return path, nil
		}
	}
	for _, path := range m.places() {
		if m.isFile(path) {
			return path, nil
		}
	}
	return "", ErrNotFound
}

// places returns the paths outside of PATH where installers put browsers.
func (m machine) places() (paths []string) {
	switch m.goos {
	case "darwin":
		for _, app := range [][2]string{
			{"Chromium", "Chromium"}, {"Google Chrome", "Google Chrome"}, {"Microsoft Edge", "Microsoft Edge"}, {"Brave Browser", "Brave Browser"},
			{"Firefox", "firefox"}, {"Firefox Developer Edition", "firefox"},
		} {
			for _, folder := range []string{"/Applications", m.home + "/Applications"} {
				paths = append(paths, folder+"/"+app[0]+".app/Contents/MacOS/"+app[1])
			}
		}
	case "windows":
		for _, name := range []string{
			`Chromium\Application\chrome.exe`, `Google\Chrome\Application\chrome.exe`, `Microsoft\Edge\Application\msedge.exe`,
			`BraveSoftware\Brave-Browser\Application\brave.exe`, `Mozilla Firefox\firefox.exe`,
		} {
			for _, variable := range []string{"LOCALAPPDATA", "PROGRAMFILES", "PROGRAMFILES(X86)"} {
				if folder := m.env(variable); folder != "" {
					paths = append(paths, folder+`\`+name)
				}
			}
		}
	default:
		paths = []string{
			"/opt/google/chrome/chrome", "/opt/microsoft/msedge/msedge", "/opt/brave.com/brave/brave",
			"/snap/bin/chromium", "/snap/bin/brave", "/snap/bin/firefox",
		}
	}
	return paths
}

// snapName returns the name of the snap that a program belongs to, or "".
func snapName(path string) string {
	if rest, ok := strings.CutPrefix(path, "/snap/bin/"); ok {
		return rest
	}
	name := strings.TrimSuffix(filepath.Base(path), "-browser")
	if name != "chromium" && name != "firefox" {
		return ""
	}
	// Ubuntu's command is a script that starts the snap.
	if info, err := os.Stat(path); err != nil || info.Size() > 64<<10 {
		return ""
	}
	text, err := os.ReadFile(path)
	if err == nil && strings.Contains(string(text), "/snap/bin/"+name) {
		return name
	}
	return ""
}

// IsFirefox reports whether a program is Firefox.
func IsFirefox(path string) bool {
	return strings.HasPrefix(strings.ToLower(filepath.Base(path)), "firefox")
}
