package browser

import (
	"errors"
	"os/exec"
	"slices"
	"testing"
)

// TestFind checks where browsers are looked for on each system, and in which order.
func TestFind(t *testing.T) {
	for _, tt := range []struct {
		name, goos, browser string
		commands, files     []string
		want                string
		err                 error
	}{
		{"PATH first", "linux", "", []string{"brave", "chromium"}, []string{"/opt/google/chrome/chrome"}, "/bin/chromium", nil},
		{"a folder of Linux", "linux", "", nil, []string{"/opt/microsoft/msedge/msedge"}, "/opt/microsoft/msedge/msedge", nil},
		{"an application of the user", "darwin", "", nil, []string{"/home/u/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"},
			"/home/u/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", nil},
		{"Windows", "windows", "", nil, []string{`C:\P\Microsoft\Edge\Application\msedge.exe`}, `C:\P\Microsoft\Edge\Application\msedge.exe`, nil},
		{"named", "linux", "brave", []string{"brave", "chromium"}, nil, "/bin/brave", nil},
		{"named, but missing", "linux", "brave", []string{"chromium"}, nil, "", exec.ErrNotFound},
		{"Firefox of Debian", "linux", "", []string{"firefox-esr"}, nil, "/bin/firefox-esr", nil},
		{"Firefox of macOS", "darwin", "", nil, []string{"/Applications/Firefox.app/Contents/MacOS/firefox"},
			"/Applications/Firefox.app/Contents/MacOS/firefox", nil},
		{"an application of all users first", "darwin", "", nil, []string{"/Applications/Chromium.app/Contents/MacOS/Chromium",
			"/home/u/Applications/Chromium.app/Contents/MacOS/Chromium"}, "/Applications/Chromium.app/Contents/MacOS/Chromium", nil},
		{"Windows without a folder", "windows", "", nil, []string{`\Mozilla Firefox\firefox.exe`}, "", ErrNotFound},
		{"a folder of a snap", "freebsd", "", nil, []string{"/snap/bin/firefox"}, "/snap/bin/firefox", nil},
		{"Safari by its path", "darwin", "/Applications/Safari.app/Contents/MacOS/Safari", nil, nil, "", ErrUnsupported},
		{"Safari", "darwin", "safari", []string{"safari"}, nil, "", ErrUnsupported},
		{"none", "windows", "", nil, nil, "", ErrNotFound},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := find(tt.browser, machine{
				goos: tt.goos, home: "/home/u", isFile: func(path string) bool { return slices.Contains(tt.files, path) },
				env: func(name string) string { return map[string]string{"PROGRAMFILES": `C:\P`}[name] },
				lookPath: func(name string) (string, error) {
					if slices.Contains(tt.commands, name) {
						return "/bin/" + name, nil
					}
					return "", exec.ErrNotFound
				},
			})
			if got != tt.want || !errors.Is(err, tt.err) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}
