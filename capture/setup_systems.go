package capture

import "strings"

// system is an operating system, or a browser with settings of its own.
type system struct {
	ID    string // of the part of the page, and of the template with the steps
	Name  string
	Phone bool
}

// systems are in the order of the page.
var systems = []system{
	{"ios", "iPhone and iPad", true},
	{"android", "Android", true},
	{"macos", "macOS", false},
	{"windows", "Windows", false},
	{"linux", "Linux", false},
	{"firefox", "Firefox", false},
	{"programs", "Programs and command lines", false},
}

// systemsFor returns the system of a visitor, by the User-Agent, and the others. Without one that
// is known, it is that of programs. An iPad says that it is a Mac; the script of the page knows
// more.
func systemsFor(agent string) (visitor system, others []system) {
	id := "programs"
	for _, known := range []struct{ part, id string }{
		{"iPhone", "ios"}, {"iPad", "ios"}, {"Android", "android"}, {"Firefox/", "firefox"}, {"Macintosh", "macos"}, {"Windows NT", "windows"},
		{"X11", "linux"}, {"Linux", "linux"},
	} {
		if strings.Contains(agent, known.part) {
			id = known.id
			break
		}
	}
	for _, s := range systems {
		if s.ID == id {
			visitor = s
		} else {
			others = append(others, s)
		}
	}
	return visitor, others
}
