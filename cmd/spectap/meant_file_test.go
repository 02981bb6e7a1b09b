package main

import (
	"os"
	"strings"
	"testing"
)

// TestMeantFileCommand checks the hints for command lines that name a file where a command belongs.
func TestMeantFileCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	for name, want := range map[string]string{
		"api.yaml": "spectap serve api.yaml --x y   # or: ", "api.yml": "spectap serve api.yml --x y   # or: ", "API.JSON": "spectap serve API.JSON --x y   # or: ",
		"a.har": "spectap import a.har", "a.pcap": "spectap import a.pcap", "a.pcapng": "spectap import a.pcapng", "a.mitm": "spectap import a.mitm",
		"a.flow": "spectap import a.flow", "a.FLOWS": "spectap import a.FLOWS", "notes.txt": "", "export": "",
	} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		got := meantFileCommand(name, []string{"--x", "y"})
		if start, _, _ := strings.Cut(got, "# or: "); start != strings.TrimSuffix(want, "# or: ") {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if err := os.Mkdir("folder.har", 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"none.har", "folder.har"} {
		if got := meantFileCommand(name, nil); got != "" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestSimilarPathOf finds the known path that was meant, with and without that of the server.
func TestSimilarPathOf(t *testing.T) {
	for _, tt := range []struct {
		name, known, path, prefix, want string
	}{
		{"known, after a similar one", "/item /items", "/items", "", "/items"},
		{"known, before a similar one", "/items /item", "/items", "", "/items"},
		{"similar", "/users /orders", "/ordes", "", "/orders"},
		{"a value for a parameter", "/users/{id}", "/usrs/7", "", "/users/7"},
		{"with the path of the server", "/users /orders", "/v1/ordes", "/v1", "/v1/orders"},
		{"known with the path of the server", "/order /orders", "/v1/orders", "/v1", "/v1/orders"},
		{"unlike any", "/users /orders", "/things", "", ""},
		{"of another length", "/users", "/users/7", "", ""},
	} {
		if got := similarPathOf(strings.Fields(tt.known), tt.path, tt.prefix); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}
