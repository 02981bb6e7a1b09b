package capture

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/spectap/spectap/flow"
)

// TestWithDriver checks which flows of a run are those of a client with its WebDriver server, also
// before the server listens: the client asks until it does.
func TestWithDriver(t *testing.T) {
	drivers := t.TempDir()
	noError(t, os.WriteFile(filepath.Join(drivers, "4444"), nil, 0o600))
	answer := &flow.Response{Status: 200}
	for _, tt := range []struct {
		name, method, authority, path string
		answered                      bool
		response                      *flow.Response
		skip, decided                 bool
	}{
		{"server", "POST", "127.0.0.1:4444", "/session", false, nil, true, true},
		{"question", "GET", "127.0.0.1:5555", "/status", false, nil, false, false},
		{"no server yet", "GET", "localhost:5555", "/wd/hub/status", true, nil, true, true},
		{"an API", "GET", "127.0.0.1:5555", "/status", true, answer, false, true},
		{"another request", "GET", "127.0.0.1:5555", "/items", false, nil, false, true},
		{"another host", "GET", "api.example:4444", "/status", true, nil, false, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var o runOptions
			f := flow.Flow{Response: tt.response,
				Request: flow.Request{Method: tt.method, Authority: tt.authority, Path: tt.path}}
			if skip, decided := o.withDriver(drivers, &f, tt.answered); skip != tt.skip || decided != tt.decided {
				t.Errorf("skip %t, decided %t", skip, decided)
			}
			if counted := o.helpers.Load() == 1; counted != tt.skip {
				t.Errorf("counted: %t", counted)
			}
		})
	}
}

// TestWithUnrelayedDriver checks that what a program asks a WebDriver server which it started by
// its path is not recorded.
func TestWithUnrelayedDriver(t *testing.T) {
	var o runOptions
	drivers := t.TempDir()
	f := flow.Flow{Request: flow.Request{Method: "POST", Authority: "localhost:5555", Path: "/session",
		Header: flow.Header{{Name: "User-Agent", Value: "selenium/4.8.3 (python linux)"}}}}
	if skip, decided := o.withDriver(drivers, &f, false); !skip || !decided {
		t.Error("the request for a session is recorded")
	}
	f.Request = flow.Request{Method: "GET", Authority: "localhost:5555", Path: "/shutdown"} // by another client
	if skip, _ := o.withDriver(drivers, &f, false); !skip {
		t.Error("what follows is recorded")
	}
	f.Request.Authority, f.Request.Header = "api.example", flow.Header{{Name: "User-Agent", Value: "selenium/4.8.3"}}
	if skip, _ := o.withDriver(drivers, &f, true); skip {
		t.Error("a request to another machine is not recorded")
	}
}
