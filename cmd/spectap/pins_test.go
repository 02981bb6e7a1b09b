package main

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/spectap/spectap/guard/pin"
	"github.com/spectap/spectap/internal/cli"
)

// definitionsOf returns definitions of tools that say the given text.
func definitionsOf(text string, names ...string) (list []pin.Definition) {
	for _, name := range names {
		list = append(list, pin.Definition{Name: name, JSON: []byte(`{"name":"` + name + `","description":"` + text + `"}`)})
	}
	return list
}

// TestPinDecisions checks which decisions on pins are refused, and that nothing is decided then.
func TestPinDecisions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "pins.json")
	b, err := pin.OpenBook(file)
	if err != nil {
		t.Fatal(err)
	}
	see := func(server string, list []pin.Definition, first bool) {
		t.Helper()
		f := b.Check
		if first {
			f = b.First
		}
		if _, err := f(server, pin.Tool, list); err != nil {
			t.Fatal(err)
		}
	}
	see("a", definitionsOf("one", "send", "same"), true)
	see("b", definitionsOf("one", "send"), true)
	status, _, errs := runHere("pins", "diff", "--pins", file)
	if status != cli.ExitFine || errs != "nothing waits for a decision\n" {
		t.Errorf("without changes: status %d: %s", status, errs)
	}
	see("a", append(definitionsOf("two", "send", "new"), definitionsOf("one", "same")...), false)
	refOf := func(name string) string {
		t.Helper()
		all, err := b.Entries()
		if err != nil {
			t.Fatal(err)
		}
		for i := range all {
			if e := &all[i]; e.Server == "a" && e.Name == name && e.Waiting != nil {
				return "a/tool:" + name + "@" + e.Waiting.Hash
			}
		}
		t.Fatalf("nothing of %s waits", name)
		return ""
	}
	send, added := refOf("send"), refOf("new")
	for _, tt := range []struct {
		args string
		want string
	}{
		{"accept " + added + " send", "send has no hash: copy NAME@HASH from spectap pins diff"},
		{"accept " + added + " a/tool:send@1", "give at least 12 characters of the hash"},
		{"accept " + added + " a/tool:send@000000000000", "what waits has another hash: see spectap pins diff a/tool:send"},
		{"accept " + added + " send" + send[strings.LastIndexByte(send, '@'):], "send names several pins: say a/tool:send or b/tool:send"},
		{"reject " + added + " a/tool:same@000000000000", "is accepted already: nothing waits for a decision"},
		{"reject " + added + " none@000000000000", "there is no pin of none: spectap pins ls has the names"},
		{"accept", "takes what spectap pins diff prints: NAME@HASH"},
		{"diff none", "there is no pin of none"},
	} {
		args := append(strings.Fields("pins "+tt.args), "--pins", file)
		if status, out, errs := runHere(args...); status == cli.ExitFine || out != "" || !strings.Contains(errs, tt.want) {
			t.Errorf("%s: status %d, want %q: %s%s", tt.args, status, tt.want, out, errs)
		}
	}
	refOf("new") // which still waits

	// Those that wait come first, then those that are rejected.
	if status, _, errs := runHere("pins", "reject", "--pins", file, added); status != cli.ExitFine || errs != "a/tool:new: rejected\n" {
		t.Errorf("reject: status %d: %s", status, errs)
	}
	_, out, _ := runHere("pins", "ls", "--pins", file)
	var states []string
	for _, line := range strings.Split(strings.TrimSpace(out), "\n") {
		states = append(states, strings.Fields(line)[0])
	}
	if got := strings.Join(states, " "); got != "changed rejected accepted accepted" {
		t.Errorf("listed as %s:\n%s", got, out)
	}
	// What is rejected waits no more, unless it is named.
	if _, out, _ := runHere("pins", "diff", "--pins", file); strings.Contains(out, "tool:new") || !strings.Contains(out, "tool:send") {
		t.Errorf("diff shows\n%s", out)
	}
	if status, out, _ := runHere("pins", "diff", "--pins", file, "new"); status != cli.ExitFound || !strings.Contains(out, "tool:new") {
		t.Errorf("diff new: status %d\n%s", status, out)
	}
	if status, _, errs := runHere("pins", "accept", "--pins", file, send); status != cli.ExitFine || errs != "a/tool:send: accepted\n" {
		t.Errorf("accept: status %d: %s", status, errs)
	}
	if status, out, _ := runHere("pins", "diff", "--pins", file); status != cli.ExitFine || out != "" {
		t.Errorf("at the end: status %d\n%s", status, out)
	}
}
