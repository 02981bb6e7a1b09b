package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestWhyNothing checks which of several losses explains that a session has no flows: the one that
// a person would mend first.
func TestWhyNothing(t *testing.T) {
	for _, tt := range []struct {
		l    losses
		want string
	}{
		{losses{flows: 1, handshakes: 1}, "all of it was lost"},
		{losses{handshakes: 1, skipped: 1}, "the clients do not trust the CA"},
		{losses{pinned: 1, skipped: 1}, "the clients do not trust the CA"},
		{losses{skipped: 1, unwanted: 1}, "all requests were skipped (--skip)"},
		{losses{unwanted: 1, tunnels: 1}, "all requests were out of scope (--include, --exclude)"},
		{losses{outOfScope: 1, tunnels: 1}, "all requests were out of scope (--include, --exclude)"},
		{losses{tunnels: 1}, "its connections were not HTTP"},
		{losses{}, "no request came to the proxy. Say so."},
		{losses{exit: 3}, "no request came to the proxy before the command ended with status 3. Say so."},
	} {
		if got := tt.l.whyNothing("Say so."); got != tt.want {
			t.Errorf("%+v: %s, want %s", tt.l, got, tt.want)
		}
	}
}

// TestRunSeveralHosts runs a command of two hosts again and again: the document of the second host
// gets a number where a file with its name exists, and replaces it with --overwrite.
func TestRunSeveralHosts(t *testing.T) {
	needCurl(t)
	t.Chdir(t.TempDir())
	many, few := echoHost(t, nil), echoHost(t, nil)
	session := func(path string, flags ...string) string {
		t.Helper()
		var stderr bytes.Buffer
		args := append([]string{"run", "--db", "flows.db", "--ca-dir", "ca"}, flags...)
		args = append(args, "--", "curl", "-sS", "http://"+many+"/a", "http://"+many+"/b", "http://"+few+path)
		if status := run(t.Context(), args, nil, &bytes.Buffer{}, &stderr); status != exitFine {
			t.Fatalf("exit status %d, stderr %s", status, stderr.String())
		}
		return stderr.String()
	}
	second := hostFile("api.yaml", few)
	numbered := strings.TrimSuffix(second, ".yaml")
	session("/first", "-o", "api.yaml")
	for i, path := range []string{"/second", "/third"} {
		if err := os.Remove("api.yaml"); err != nil {
			t.Fatal(err)
		}
		file := numbered + []string{".2.yaml", ".3.yaml"}[i]
		if said := session(path, "-o", "api.yaml"); !strings.Contains(said, few+": ") || !strings.Contains(said, file) {
			t.Errorf("%s is not named: %s", file, said)
		}
		if doc, err := os.ReadFile(file); err != nil || !strings.Contains(string(doc), path+":") {
			t.Errorf("%v\n%s", err, doc)
		}
	}
	if doc, err := os.ReadFile(second); err != nil || !strings.Contains(string(doc), "/first:") {
		t.Errorf("the first document was replaced: %v\n%s", err, doc)
	}
	session("/fourth", "-o", "api.yaml", "--overwrite")
	if doc, err := os.ReadFile(second); err != nil || !strings.Contains(string(doc), "/fourth:") {
		t.Errorf("--overwrite left %v\n%s", err, doc)
	}

	// Without a file, nothing is written, and the command that writes it is named.
	if said := session("/fifth", "-o", ""); !strings.Contains(said, "spectap export --db flows.db --session last -o api.yaml writes the document of it\n") {
		t.Error(said)
	}
}

// TestRunRefusesOptions checks flags of run that mean nothing without another one.
func TestRunRefusesOptions(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, tt := range []struct{ flags, want string }{
		{"--openapi 2.0", "must be 3.0 or 3.1"},
		{"--into api.yaml --title x", "--title and --into exclude each other"},
		{"--into api.yaml -o b.yaml", "--out and --into exclude each other"},
		{"--out= --overwrite", "--overwrite needs -o"},
		{"--out= --title x", "--title needs -o"},
		{"-o api.txt --format toml", "toml"},
		{"--no-open", "--no-open needs --ui"},
		{"--ui-listen 127.0.0.1:0", "--ui-listen needs --ui"},
	} {
		args := append([]string{"run", "--db", "flows.db", "--ca-dir", "ca"}, strings.Fields(tt.flags)...)
		status, _, errs := runHere(append(args, "--", "touch", "started")...)
		if status != exitMisuse || !strings.Contains(errs, tt.want) {
			t.Errorf("%s: status %d: %s", tt.flags, status, errs)
		}
	}
	if _, err := os.Stat("started"); err == nil {
		t.Error("the command was started")
	}
}

// TestHostFile checks the names of the files for further hosts.
func TestHostFile(t *testing.T) {
	for _, tt := range []struct{ out, host, want string }{
		{"api.yaml", "az-09_.example", "api.az-09_.example.yaml"},
		{"dir.d/api.json", "shop.example:8080", "dir.d/api.shop.example_8080.json"},
		{"api", "[::1]:80", "api.___1__80"},
		{"api.yaml", "../x", "api..._x.yaml"},
	} {
		if got := hostFile(tt.out, tt.host); got != tt.want {
			t.Errorf("%s of %s is %s, want %s", tt.out, tt.host, got, tt.want)
		}
	}
}
